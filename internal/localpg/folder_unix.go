//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that the server runs as. Postgres refuses to run as root, so root
// runs it as another user. Every other user runs it as themselves.
type account struct {
	name string
	uid  uint32
	cred *syscall.Credential // nil: the user of this process
}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "this user", uid: uint32(os.Geteuid())}, nil // #nosec G115 -- Unix user ids have 32 bits
	}
	// The account of packaged servers on Linux, then on macOS, then the account that
	// owns no files.
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		if a, err := otherAccount(name); err == nil {
			return a, nil
		}
	}
	return account{}, errors.New("Postgres does not run as root, " +
		"and this system has neither a user postgres nor a user nobody to run it as: " +
		"run this as a normal user, or add one with: useradd --system postgres")
}

// otherAccount is the account that root uses to run programs as the named user.
func otherAccount(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil || uid == 0 {
		return account{}, fmt.Errorf("the user %s cannot be lent: its ids are %s and %s", name, u.Uid, u.Gid)
	}
	return account{
		name: "the user " + name,
		uid:  uint32(uid),
		cred: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)},
	}, nil
}

// reaches checks that the account can enter a folder. Without this check a folder in
// root's home, which has mode 0700, would lead to a later and less clear error.
func (a account) reaches(ctx context.Context, dir string) error {
	if a.cred == nil {
		return nil
	}
	if _, err := output(ctx, a.command(ctx, "/bin/sh", "-c", `cd "$0" 2>/dev/null`, dir)); err != nil {
		return fmt.Errorf("%s cannot get to %s, as it can to /var/lib or %s: %w", a.name, dir, os.TempDir(), err)
	}
	return nil
}

func ownerOf(info fs.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Uid }

// The files in a server's folder, beside its socket.
const (
	dataName = "data"       // the cluster, which is Postgres' data directory
	initName = "data.new"   // a cluster that is being created; renamed when it is complete
	lockName = "lock"       // locked by the process that runs the server, and holds its id
	logName  = "server.log" // log of the server since its last start
)

// maxDir is the length of the longest path of a folder, in bytes: the address of a unix
// socket has room for 103 bytes on macOS and 107 on Linux, and the name of the socket
// adds 14.
const maxDir = 89

// folder is the open, locked folder of a server. All access is through os.Root: root
// writes into a folder that another user owns, and must not follow that user's symbolic
// links to other places.
type folder struct {
	*os.Root
	dir     string
	account account
	lock    *os.File
}

// openFolder creates the folder if it is missing, checks that the account owns it, and
// locks it. It never changes the owner of an existing folder.
func openFolder(ctx context.Context, dir string, a account) (*folder, error) {
	if dir == "" {
		return nil, errors.New("localpg: Options.Dir is empty: name a folder for the data")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// Postgres' setting for the socket's folder is a list, and so is pgx's host: a comma
	// or a quote would split the path.
	if len(dir) > maxDir || strings.ContainsAny(dir, `,"`) {
		return nil, fmt.Errorf("the path %s has more than %d bytes, a comma or a quote, "+
			"which the server's socket cannot have: choose a shorter folder", dir, maxDir)
	}
	if err := makeFolder(ctx, dir, a); err != nil {
		return nil, fmt.Errorf("make the folder for the data: %w: choose another folder", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if owner := ownerOf(info); owner != a.uid || !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder of %s, as whom the server would run, but belongs to user id %d: "+
			"choose another folder (nothing was changed)", dir, a.name, owner)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{Root: root, dir: dir, account: a}
	if err := f.take(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

func makeFolder(ctx context.Context, dir string, a account) error {
	parents := fs.FileMode(0o700)
	if a.cred != nil {
		parents = 0o755 // root owns them, and the account must be able to enter them
	}
	if err := os.MkdirAll(filepath.Dir(dir), parents); err != nil {
		return err
	}
	if err := a.reaches(ctx, filepath.Dir(dir)); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil && a.cred != nil {
		err = os.Lchown(dir, int(a.cred.Uid), int(a.cred.Gid))
	}
	return err
}

// take locks the folder for this process. The kernel releases the lock when the process
// ends, whatever the reason. Children do not inherit the lock.
func (f *folder) take() error {
	lock, err := f.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock the folder %s: %w: choose another folder", f.dir, err)
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		pid, _ := f.ReadFile(lockName)
		err = fmt.Errorf("it is in use by process %s: "+
			"stop that one first (Ctrl-C where it runs), or choose another folder", pid)
	}
	if err == nil {
		err = lock.Truncate(0)
	}
	if err == nil {
		_, err = lock.WriteString(strconv.Itoa(os.Getpid()))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("lock the folder %s: %w", f.dir, err), lock.Close())
	}
	f.lock = lock
	return nil
}

// release unlocks the folder and keeps its content. Closing the lock file would not be
// enough: a child that another goroutine forks at this moment has a copy of the open
// file until it executes its program.
func (f *folder) release() error {
	return errors.Join(syscall.Flock(int(f.lock.Fd()), syscall.LOCK_UN), f.lock.Close(), f.Close())
}

// major is the major version of Postgres that made the data, or 0 if there is none.
func (f *folder) major() (int, error) {
	b, err := f.ReadFile(filepath.Join(dataName, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	major, notNumber := strconv.Atoi(strings.TrimSpace(string(b)))
	if err := errors.Join(err, notNumber); err != nil {
		return 0, fmt.Errorf("read the version of the data in %s: %w: "+
			"choose another folder (nothing was changed)", f.dir, err)
	}
	return major, nil
}

// ctypes are the values of LC_CTYPE to try for a new cluster, in this order. LC_CTYPE
// decides what a letter is for lower(), trigrams and full-text search: with C, letters
// with accents are none. C.UTF-8 is the same on all systems that have it. macOS does not
// have it, but has en_US.UTF-8, and its own UTF-8. Sorting is by bytes with each of
// them, because queries name their collation.
var ctypes = []string{"C.UTF-8", "en_US.UTF-8", "UTF-8"}

// create makes a new cluster. It makes it under another name and renames it when it is
// complete, so that an initdb that was killed leaves no incomplete cluster.
func (f *folder) create(ctx context.Context, b binaries, test bool, ctypes []string) error {
	if names, err := fs.ReadDir(f.FS(), dataName); err == nil && len(names) > 0 {
		return fmt.Errorf("%s is not empty, but holds no Postgres cluster: "+
			"move it away or choose another folder (nothing was changed)", filepath.Join(f.dir, dataName))
	}
	var err error
	for _, ctype := range ctypes {
		// This can only be what an initdb that was killed has left: we hold the lock, and
		// a complete cluster has the other name.
		if err := f.RemoveAll(initName); err != nil {
			return fmt.Errorf("clear the remains of an earlier start: %w", err)
		}
		args := []string{
			"--locale=C",
			"--lc-ctype=" + ctype,
			"--locale-provider=libc",
			"--encoding=UTF8",
			// The server trusts everybody who can open its socket. Others cannot: it is in
			// a folder with mode 0700, and the server does not listen on a network.
			"--auth=trust",
			"--username=" + superuser,
			"--pgdata=" + filepath.Join(f.dir, initName),
		}
		if test {
			args = append(args, "--no-sync")
		}
		if _, err = output(ctx, f.account.command(ctx, filepath.Join(b.dir, "initdb"), args...)); err == nil {
			return f.Rename(initName, dataName)
		}
		if !strings.Contains(err.Error(), "invalid locale") {
			break
		}
	}
	return errors.Join(fmt.Errorf("create a cluster in %s: %w", f.dir, err), f.RemoveAll(initName))
}

// DefaultDir is a folder called name for this user's data: in the user's cache folder,
// or, for root, in /var/lib, which the account of the server can reach. If neither is
// possible, it is in the folder for temporary files.
func DefaultDir(name string) (string, error) {
	if os.Geteuid() == 0 {
		a, err := serverAccount()
		if err == nil && a.reaches(context.Background(), "/var/lib") == nil {
			return filepath.Join("/var/lib", name), nil
		}
		return filepath.Join("/tmp", name), err
	}
	// The home of a service account may not exist.
	if cache, err := os.UserCacheDir(); err == nil && os.MkdirAll(cache, 0o700) == nil {
		return filepath.Join(cache, name), nil
	}
	return filepath.Join(os.TempDir(), name+"-"+strconv.Itoa(os.Geteuid())), nil
}
