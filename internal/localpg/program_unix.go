//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Program is a command of the newest Postgres that is found here, such as initdb, to run as the
// user that servers run as: its SysProcAttr says whose files it needs. It is killed when ctx
// ends. It is for tests that need more than Server does, such as a standby.
func Program(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	a, err := serverAccount()
	if err != nil {
		return nil, err
	}
	b, notes := systemPlaces().find(ctx, 0, a)
	if b.dir == "" {
		return nil, fmt.Errorf("no Postgres found: %v", notes)
	}
	return a.command(ctx, filepath.Join(b.dir, name), args...), nil
}
