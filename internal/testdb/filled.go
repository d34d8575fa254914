package testdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
)

// Filled is URL for databases that already hold something. fill fills the first one, and
// all others are copies of it, in a whole test run: the same name must mean the same fill.
// Call Filled once, and what it returns from each test.
func Filled(name string, fill func(dsn string) error) (url func(testing.TB) string) {
	template := sync.OnceValues(func() (string, error) {
		s, err := theServer()
		if err != nil {
			return "", err
		}
		return s.filled(name, fill)
	})
	return func(t testing.TB) string {
		t.Helper()
		return clone(t, func(*server) (string, error) { return template() })
	}
}

// filled makes a template that fill has filled, and returns its name.
func (s *server) filled(name string, fill func(dsn string) error) (string, error) {
	build := func(database string) error {
		from, err := s.template()
		if err != nil {
			return err
		}
		if err := s.create(database, from); err != nil {
			return err
		}
		if err := fill(s.dsn(database)); err != nil {
			return fmt.Errorf("fill a database: %w", err)
		}
		return s.exec("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false")
	}
	if s.shared {
		dir, err := moduleDir() // another tree may fill it with something else
		if err != nil {
			return "", err
		}
		hash := sha256.Sum256([]byte(s.role + name + dir))
		database := "intranet_filled_" + hex.EncodeToString(hash[:8])
		return database, s.once(database, build)
	}
	database := newName("intranet_filled_")
	started.Lock()
	started.filled = append(started.filled, database)
	started.Unlock()
	return database, build(database)
}
