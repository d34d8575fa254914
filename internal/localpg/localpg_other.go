//go:build !unix || aix || solaris

package localpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Server is a running private Postgres; this system has none.
type Server struct{ dir string }

// Start always fails here: the server needs unix sockets, signals and file
// ownership as unix has them.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("this program cannot run a private Postgres on this system.\n" + advice)
}

// Stop does nothing.
func (s *Server) Stop(context.Context) error { return nil }

// DefaultDir is a folder of that name for this user's data.
func DefaultDir(name string) (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, name), err
}
