//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// ctypes are the character types to try for a new cluster, in this order. They
// decide what a letter is for lower(), trigrams and full-text search: plain C
// loses every accented one. C.UTF-8 is the same everywhere it exists, which it
// does not on macOS; en_US.UTF-8 does there, and plain UTF-8 is macOS' own.
// Sorting stays byte by byte in each: queries name their collation.
var ctypes = []string{"C.UTF-8", "en_US.UTF-8", "UTF-8"}

// create makes a new cluster. It is made beside its place and moved when it is
// whole: an initdb that was killed leaves no half cluster to be found.
func (f *folder) create(ctx context.Context, b binaries, test bool, ctypes []string, a account) error {
	if names, err := fs.ReadDir(f.FS(), dataName); err == nil && len(names) > 0 {
		return fmt.Errorf("%s is not empty, but holds no Postgres cluster: move it away or choose another folder (nothing was changed)", filepath.Join(f.dir, dataName))
	}
	var err error
	for _, ctype := range ctypes {
		// Never more than the remains of an initdb that was killed: nobody else
		// is here, and a whole cluster has the other name.
		if err := f.RemoveAll(initName); err != nil {
			return fmt.Errorf("clear the remains of an earlier start: %w", err)
		}
		if err = f.initdb(ctx, b, test, ctype, a); err == nil {
			return f.Rename(initName, dataName)
		}
		if !strings.Contains(err.Error(), "invalid locale") {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("create a cluster in %s: %w", f.dir, err)
}

func (f *folder) initdb(ctx context.Context, b binaries, test bool, ctype string, a account) error {
	args := []string{"--locale=" + ctype}
	if ctype != ctypes[0] {
		args = []string{"--locale=C", "--lc-ctype=" + ctype}
	}
	args = append(args, "--locale-provider=libc", "--encoding=UTF8", "--username="+superuser,
		// Whoever gets to the socket is let in. Nobody else gets to it: it is
		// in a folder of mode 0700, and there is no network listener.
		"--auth=trust", "--pgdata="+filepath.Join(f.dir, initName))
	if test {
		args = append(args, "--no-sync")
	}
	cmd := exec.Command(filepath.Join(b.dir, "initdb"), args...)
	cmd.Dir, cmd.Env = f.dir, environment()
	if err := run(ctx, cmd, a); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(err, f.RemoveAll(initName))
		}
		return fmt.Errorf("initdb: %w", err)
	}
	return nil
}

// major is the major version of Postgres that made the data, 0 for no data.
func (f *folder) major() (int, error) {
	b, err := f.ReadFile(filepath.Join(dataName, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("%s holds no version: choose another folder (nothing was changed)", filepath.Join(f.dir, dataName, "PG_VERSION"))
	}
	return major, nil
}
