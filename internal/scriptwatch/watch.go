// Package scriptwatch looks from time to time whether the vendor's script is still the same.
package scriptwatch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
)

const maxScript = 8 << 20 // bytes that are read of the script

// Config says which script is watched, and how.
type Config struct {
	URL     string
	After   time.Duration // before the first look
	Every   time.Duration // between looks
	Timeout time.Duration // of one look; default 30 s
	// Observe, if set, is told of each look.
	Observe func(Look)
}

// Look is what one look at the script has brought.
type Look struct {
	Hash   string // SHA-256 in hexadecimal; "" where Err is set
	Before string // that of the look before that brought one; "" for none
	Err    error
}

// Changed reports whether it is another script than before.
func (l Look) Changed() bool { return l.Err == nil && l.Before != "" && l.Hash != l.Before }

// State is what is known of the script.
type State struct {
	Hash    string // "" until a look has brought one
	Size    int    // bytes
	Before  string // the hash that it had before it changed last
	Changed time.Time
	First   time.Time // look that brought a script
	Last    time.Time
	Failed  time.Time // when a look failed; zero where the last one did not
	Err     error
}

// Watch keeps the hash of a script, and never runs it: what pages load by a name like
// "latest" changes without a word.
type Watch struct {
	config    Config
	transport *http.Transport

	mu    sync.Mutex
	state State
}

// New returns a watch that has seen nothing yet.
func New(config Config) *Watch {
	if config.Timeout <= 0 {
		config.Timeout = 30 * time.Second
	}
	return &Watch{config: config, transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		MaxResponseHeaderBytes: 64 << 10,
	}}
}

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	timer := time.NewTimer(w.config.After)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			w.Look(ctx)
			timer.Reset(w.config.Every)
		}
	}
}

// State is what is known of the script now.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Look fetches the script once. A look that fails changes nothing that is known of it.
func (w *Watch) Look(ctx context.Context) {
	hash, size, err := w.fetch(ctx)
	if ctx.Err() != nil {
		return // the server ends
	}
	now := time.Now()
	w.mu.Lock()
	s := &w.state
	look := Look{Hash: hash, Before: s.Hash, Err: err}
	if s.Err = err; err != nil {
		s.Failed = now
	} else {
		if look.Changed() {
			s.Before, s.Changed = s.Hash, now
		}
		if s.Hash == "" {
			s.First = now
		}
		s.Hash, s.Size, s.Last, s.Failed = hash, size, now, time.Time{}
	}
	w.mu.Unlock()
	if w.config.Observe != nil {
		w.config.Observe(look)
	}
}

// fetch goes without an http.Client, so that no redirect is followed: pages may load from no
// other host either.
func (w *Watch) fetch(ctx context.Context) (hash string, size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.config.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.config.URL, nil)
	if err != nil {
		return "", 0, errors.New("build the request")
	}
	res, err := w.transport.RoundTrip(req)
	if err != nil {
		return "", 0, w.cause(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode/100 == 3 {
		return "", 0, fmt.Errorf("status %d: a redirect, which is not followed", res.StatusCode)
	}
	if res.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("status %d", res.StatusCode)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(res.Body, maxScript+1))
	switch {
	case err != nil:
		return "", 0, w.cause(ctx, err)
	case n == 0:
		return "", 0, errors.New("an empty answer")
	case n > maxScript:
		return "", 0, fmt.Errorf("more than %d MiB", maxScript>>20)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), int(n), nil
}

// cause says why nothing came, without what an answer or a setting of a proxy may hold.
func (w *Watch) cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("it took more than %v", w.config.Timeout)
	}
	return caramelo.SafeCause(err)
}
