//go:build !unix || aix || solaris

package localpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Server is a running private Postgres. On this system there is never one.
type Server struct{ dir string }

// Start always fails on this system: the server needs the sockets, signals and file
// owners of unix.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("this program cannot run a private Postgres on this system.\n" + advice)
}

// Stop does nothing.
func (s *Server) Stop(context.Context) error { return nil }

// DefaultDir is a folder called name for this user's data.
func DefaultDir(name string) (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, name), err
}
