//go:build unix && !aix && !solaris

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// What a server keeps in its folder.
const (
	dataName = "data"       // the cluster, Postgres' own data directory
	initName = "data.new"   // a cluster in the making, renamed when it is whole
	lockName = "lock"       // held while a server is ours: pid, socket folder
	logName  = "server.log" // what the server said, cut off at a start above maxLog
)

const maxLog = 4 << 20 // bytes

// folder is the open, locked folder of a server. All access goes through
// os.Root: root writes here, into a folder that another user owns, and must not
// follow that user's symbolic links out of it.
type folder struct {
	*os.Root
	dir   string
	lock  *os.File
	stale string // the socket folder of the previous server, if it left one
}

// openFolder makes the folder if it is missing, checks that it is the server
// account's own, and locks it. It never changes the owner of what exists.
func openFolder(dir string, a account) (*folder, error) {
	if dir == "" {
		return nil, errors.New("localpg: Options.Dir is empty: name a folder for the data")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := makeFolder(dir, a); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder: choose another place for the data", dir)
	}
	if owner := ownerOf(info); owner != a.uid {
		advice := "choose another folder"
		if owner != 0 { // root would lend the server the same account again
			advice += ", or run this as " + userName(owner)
		}
		return nil, fmt.Errorf("the folder %s belongs to the user %s, but the server would run as %s: %s (nothing was changed)",
			dir, userName(owner), a.name, advice)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{Root: root, dir: dir}
	if _, err := f.Stat("PG_VERSION"); err == nil {
		err = fmt.Errorf("%s is itself a Postgres cluster that this program did not make: choose another folder (nothing was changed)", dir)
		return nil, errors.Join(err, root.Close())
	}
	if err := f.take(a); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

func makeFolder(dir string, a account) error {
	elsewhere := func(err error) error {
		return fmt.Errorf("%w: choose a folder that it can reach, such as one under /var/lib or %s", err, os.TempDir())
	}
	if err := a.reaches(filepath.Dir(dir)); err != nil {
		return elsewhere(err)
	}
	parents := fs.FileMode(0o700)
	if a.cred != nil {
		parents = 0o755 // root's; the lent account has to pass through
	}
	if err := os.MkdirAll(filepath.Dir(dir), parents); err != nil {
		return fmt.Errorf("make the folder for the data: %w: choose another folder", err)
	}
	// Once more, as a strict umask may have closed what was just made.
	if err := a.reaches(filepath.Dir(dir)); err != nil {
		return elsewhere(err)
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil && a.cred != nil {
		err = os.Lchown(dir, int(a.uid), int(a.gid))
	}
	if err != nil {
		return fmt.Errorf("make the folder for the data: %w: choose another folder", err)
	}
	return nil
}

// file opens a file of the folder; a new one belongs to the server's account.
func (f *folder) file(name string, flag int, a account) (*os.File, error) {
	file, err := f.OpenFile(name, flag|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return f.OpenFile(name, flag, 0)
	}
	if err != nil {
		return nil, err
	}
	if a.cred != nil {
		if err := file.Chown(int(a.uid), int(a.gid)); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return file, nil
}

// take locks the folder for this process. The kernel lets go of the lock when
// the process ends, however it ends; children do not inherit it.
func (f *folder) take(a account) error {
	lock, err := f.file(lockName, os.O_RDWR, a)
	if err != nil {
		return fmt.Errorf("lock the folder %s: %w", f.dir, err)
	}
	held, _ := f.ReadFile(lockName)
	pid, socket, _ := strings.Cut(strings.TrimSpace(string(held)), "\n")
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("the folder %s is in use by process %s: stop that one first (Ctrl-C where it runs), or choose another folder", f.dir, pid)
		return errors.Join(err, lock.Close())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("lock the folder %s: %w", f.dir, err), lock.Close())
	}
	f.lock, f.stale = lock, socket
	if err := f.hold(socket); err != nil {
		return errors.Join(err, lock.Close())
	}
	return nil
}

// hold notes in the lock file who holds it and which socket folder is in use,
// for the message to others and for clearing up after a crash.
func (f *folder) hold(socket string) error {
	note := []byte(strconv.Itoa(os.Getpid()) + "\n" + socket + "\n")
	if err := f.lock.Truncate(0); err != nil {
		return err
	}
	_, err := f.lock.WriteAt(note, 0)
	return err
}

// release gives the folder back; what is in it stays. Closing the file alone
// would not do: a child that another goroutine forks at this moment holds a copy
// of it until it becomes its own program.
func (f *folder) release() error {
	return errors.Join(syscall.Flock(int(f.lock.Fd()), syscall.LOCK_UN), f.lock.Close(), f.Close())
}

// socketPrefix marks the folders that removeSocket may remove.
const socketPrefix = "intranet-pg-"

// socketFolder makes a private folder for the server's socket, outside of Dir:
// the address of a unix socket holds 103 bytes on macOS and 107 on Linux, and a
// folder for data may be longer. Its mode of 0700 is what keeps other users out.
func socketFolder(a account) (string, error) {
	var tried []error
	for _, base := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		// The setting is a list: these would split or quote it.
		if !filepath.IsAbs(base) || strings.ContainsAny(base, `,"`) || len(base) > 60 {
			tried = append(tried, fmt.Errorf("%s: too long for a socket, or not a plain path", base))
			continue
		}
		if err := a.reaches(base); err != nil {
			tried = append(tried, err)
			continue
		}
		dir, err := os.MkdirTemp(base, socketPrefix)
		if err == nil && a.cred != nil {
			if err = os.Lchown(dir, int(a.uid), int(a.gid)); err != nil {
				err = errors.Join(err, os.Remove(dir))
			}
		}
		if err == nil {
			return dir, nil
		}
		tried = append(tried, err)
	}
	return "", fmt.Errorf("no place for the server's socket: set TMPDIR to a folder with a short path: %w", errors.Join(tried...))
}

// removeSocket removes a socket folder, and nothing that does not look like one.
func removeSocket(dir string, a account) {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || ownerOf(info) != a.uid || !strings.HasPrefix(filepath.Base(dir), socketPrefix) {
		return
	}
	_ = os.RemoveAll(dir) // a leftover in the temp folder is no failure
}

// DefaultDir is a folder of that name, without separators, for this user's
// data: under the user's cache folder, or for root in /var/lib, which the
// account that root lends the server can reach. Where neither can be written it
// is in the temp folder. It makes nothing.
func DefaultDir(name string) (string, error) {
	if name == "" || name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
		return "", fmt.Errorf("localpg: %q is not a plain name for a folder", name)
	}
	if os.Geteuid() == 0 {
		a, err := serverAccount()
		if err != nil {
			return "", err
		}
		for _, base := range []string{"/var/lib", os.TempDir()} {
			if info, err := os.Stat(base); err == nil && info.IsDir() && a.reaches(base) == nil {
				return filepath.Join(base, name), nil
			}
		}
		return filepath.Join("/tmp", name), nil
	}
	if cache, err := os.UserCacheDir(); err == nil && writable(cache) {
		return filepath.Join(cache, name), nil
	}
	return filepath.Join(os.TempDir(), name+"-"+strconv.Itoa(os.Geteuid())), nil
}

// writable reports whether we may write dir, or make it where it is missing:
// service accounts have homes that do not exist.
func writable(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			return syscall.Access(dir, 2|1) == nil
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
