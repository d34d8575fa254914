package testdb

import (
	"fmt"
	"sync"
	"testing"
)

// Filled is URL for databases that already hold something. fill fills the first one, and
// all others are copies of it. Call Filled once, and what it returns from each test.
func Filled(fill func(dsn string) error) (url func(testing.TB) string) {
	template := sync.OnceValues(func() (string, error) {
		s, err := theServer()
		if err != nil {
			return "", err
		}
		name := newName("intranet_filled_")
		from, err := s.template()
		if err != nil {
			return "", err
		}
		if err := s.create(name, from); err != nil {
			return "", err
		}
		started.Lock()
		started.filled = append(started.filled, name)
		started.Unlock()
		if err := fill(s.dsn(name)); err != nil {
			return "", fmt.Errorf("fill a database: %w", err)
		}
		return name, s.exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
	})
	return func(t testing.TB) string {
		t.Helper()
		return clone(t, func(*server) (string, error) { return template() })
	}
}
