//go:build unix && !aix && !solaris

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// account is whom the server runs as. Postgres refuses to run as root, so root
// lends it another account; everybody else runs it as themselves.
type account struct {
	name     string
	uid, gid uint32
	groups   []uint32
	cred     *syscall.Credential // nil: as ourselves
}

// accounts are the users root tries, in this order: the packaged server's own
// (Linux, then macOS), then the one that owns nothing.
var accounts = []string{"postgres", "_postgres", "nobody"}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "this user", uid: uint32(os.Geteuid())}, nil
	}
	for _, name := range accounts {
		if a, err := lend(name); err == nil {
			return a, nil
		}
	}
	return account{}, errors.New("Postgres does not run as root, and this system has neither a user postgres nor a user nobody to run it as: run this as a normal user, or add one with: useradd --system postgres")
}

// lend looks up a user by name, with all of its groups, for a child process.
func lend(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return account{}, fmt.Errorf("read the user %s: %w", name, err)
	}
	if uid == 0 {
		return account{}, fmt.Errorf("the user %s is root", name)
	}
	a := account{name: "the user " + name, uid: uint32(uid), gid: uint32(gid)}
	ids, err := u.GroupIds()
	if err != nil {
		return account{}, fmt.Errorf("read the groups of %s: %w", name, err)
	}
	for _, id := range ids {
		if g, err := strconv.ParseUint(id, 10, 32); err == nil {
			a.groups = append(a.groups, uint32(g))
		}
	}
	a.cred = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}
	return a, nil
}

// may reports whether the mode bits of a file give a lent account a permission
// (4 read, 2 write, 1 enter or execute).
func (a account) may(info fs.FileInfo, perm fs.FileMode) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return false
	case st.Uid == a.uid:
		perm <<= 6
	case st.Gid == a.gid || slices.Contains(a.groups, st.Gid):
		perm <<= 3
	}
	return info.Mode()&perm == perm
}

// reaches checks that a lent account can get to path: a folder under root's
// 0700 home would fail much later, and say less. What does not exist yet is
// passed over.
func (a account) reaches(path string) error {
	if a.cred == nil {
		return nil
	}
	for p := path; ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !a.may(info, 1):
			return fmt.Errorf("%s cannot get to %s, because %s is closed to it (%v)", a.name, path, p, info.Mode())
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}

// ownerOf is the user id that owns a file.
func ownerOf(info fs.FileInfo) uint32 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Uid
	}
	return ^uint32(0)
}

// userName is for messages: the name of a user id, or the number.
func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}
