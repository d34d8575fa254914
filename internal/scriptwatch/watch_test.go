package scriptwatch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// scriptHost is a host of a script that a test changes.
func scriptHost(t *testing.T) (answer func(http.HandlerFunc), url string) {
	t.Helper()
	var now atomic.Pointer[http.HandlerFunc]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*now.Load())(w, r) }))
	t.Cleanup(srv.Close)
	return func(h http.HandlerFunc) { now.Store(&h) }, srv.URL
}

func script(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func hashOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func TestAChangeOfTheScriptIsSeenOnce(t *testing.T) {
	t.Parallel()
	answer, url := scriptHost(t)
	var looks []Look
	w := New(Config{URL: url, Observe: func(l Look) { looks = append(looks, l) }})
	changes := func() (n int) {
		for _, l := range looks {
			if l.Changed() {
				n++
			}
		}
		return n
	}
	look := func(text string) State {
		answer(script(text))
		w.Look(t.Context())
		return w.State()
	}
	if s := w.State(); s.Hash != "" || s.Err != nil {
		t.Errorf("before the first look: %+v", s)
	}
	first := look("one")
	if first.Hash != hashOf("one") || first.Size != 3 || first.First.IsZero() || changes() != 0 {
		t.Errorf("the first look: %+v", first)
	}
	if s := look("one"); !s.Changed.IsZero() || s.First != first.First || !s.Last.After(first.Last) || changes() != 0 {
		t.Errorf("the same: %+v", s)
	}
	changed := look("two!")
	if changed.Hash != hashOf("two!") || changed.Before != hashOf("one") || !changed.Changed.After(first.First) ||
		changes() != 1 {
		t.Errorf("changed: %+v", changed)
	}
	if s := look("two!"); s.Changed != changed.Changed || s.Before != changed.Before || changes() != 1 {
		t.Errorf("the same again: %+v", s)
	}
	if s := look("one"); s.Before != hashOf("two!") || s.Changed == changed.Changed || changes() != 2 {
		t.Errorf("back: %+v", s)
	}
}

// What is no script leaves what is known as it is, and is read no further than the bound.
func TestALookThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	answer, url := scriptHost(t)
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(elsewhere.Close)
	hanging := make(chan struct{})
	defer close(hanging)
	w := New(Config{URL: url, Timeout: time.Second})
	answer(script("one"))
	w.Look(t.Context())
	known := w.State()
	for want, h := range map[string]http.HandlerFunc{
		"status 404": http.NotFound,
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		},
		"empty": script(""),
		"8 MiB": script(strings.Repeat("x", maxScript+1)),
		"more than 1s": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "on")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-hanging:
			case <-r.Context().Done():
			}
		},
		"too early": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "leaky")
			panic(http.ErrAbortHandler)
		},
	} {
		answer(h)
		w.Look(t.Context())
		s := w.State()
		if s.Err == nil || !strings.Contains(s.Err.Error(), want) || strings.Contains(s.Err.Error(), "leaky") ||
			s.Failed.IsZero() {
			t.Errorf("%s: %+v", want, s)
		}
		s.Err, s.Failed = nil, time.Time{}
		if s != known {
			t.Errorf("%s: %+v is known no more", want, known)
		}
	}
	if followed.Load() != 0 {
		t.Error("a redirect is followed")
	}
	answer(script("one"))
	w.Look(t.Context())
	if s := w.State(); s.Err != nil || !s.Failed.IsZero() || !s.Changed.IsZero() {
		t.Errorf("after failures: %+v", s)
	}
}

func TestTheScriptIsLookedAtUntilTheServerEnds(t *testing.T) {
	t.Parallel()
	answer, url := scriptHost(t)
	answer(script("one"))
	looks := make(chan Look)
	w := New(Config{
		URL: url, After: time.Millisecond, Every: time.Millisecond, Observe: func(l Look) { looks <- l },
	})
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	for range 3 {
		if l := <-looks; l.Err != nil || l.Hash != hashOf("one") {
			t.Errorf("%+v", l)
		}
	}
	end()
	for {
		select {
		case <-looks: // one that was under way
		case <-ended:
			return
		}
	}
}
