package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestABurstIsLetThroughAndNoMore(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	rate := store.Rate{Burst: 5, Every: time.Hour}
	var through atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			wait, err := s.Allow(t.Context(), store.Limit{Key: "somebody", Rate: rate})
			switch {
			case err != nil:
				t.Error(err)
			case wait == 0:
				through.Add(1)
			case wait > time.Hour:
				t.Errorf("wait %v", wait)
			}
		})
	}
	wg.Wait()
	if through.Load() != 5 {
		t.Errorf("%d of 40 got through, want 5", through.Load())
	}
	if wait, err := s.Allow(t.Context(), store.Limit{Key: "somebody else", Rate: rate}); wait != 0 || err != nil {
		t.Errorf("another key waits %v, %v", wait, err)
	}
}

func TestARefusedAttemptDoesNotProlongTheWait(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	rate := store.Rate{Burst: 1, Every: 100 * time.Millisecond}
	if wait, err := s.Allow(t.Context(), store.Limit{Key: "k", Rate: rate}); wait != 0 || err != nil {
		t.Fatal(wait, err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; { // hammering on gets through all the same
		wait, err := s.Allow(t.Context(), store.Limit{Key: "k", Rate: rate})
		if err != nil || time.Now().After(deadline) {
			t.Fatal(wait, err)
		}
		if wait == 0 {
			return
		}
	}
}

// Who is refused anyway and comes with a new name each time must not fill the table.
func TestARefusedAttemptLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	s, rate := store.New(pool), store.Rate{Burst: 3, Every: time.Hour}
	refused := 0
	for n := range 20 {
		account := store.Limit{Key: fmt.Sprint("account ", n), Rate: rate}
		wait, err := s.Allow(t.Context(), account, store.Limit{Key: "address", Rate: rate})
		if err != nil {
			t.Fatal(err)
		}
		if wait > 0 {
			refused++
		}
	}
	var rows int
	err := pool.QueryRow(t.Context(), `SELECT count(*) FROM throttles`).Scan(&rows)
	if err != nil || rows != 4 || refused != 17 {
		t.Errorf("%d rows after %d refusals, %v", rows, refused, err)
	}
}
