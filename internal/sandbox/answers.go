package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxHang   = time.Minute // for a caller who has no limit of their own
	hugeBody  = 8 << 20     // bytes
	dripEvery = 200 * time.Millisecond

	elsewherePath = "/sandbox/elsewhere"
)

var padding = strings.Repeat(" ", 32<<10)

// delay is how long intranet-auth waits before it answers.
func (f Faults) delay() time.Duration {
	return time.Duration(f.Latency) + rand.N(time.Duration(f.Jitter)+1) // #nosec G404 -- chance, not secrecy
}

// pause waits for d, and reports false when the caller has gone. It ends early
// when the sandbox closes.
func (s *Sandbox) pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-s.ctx.Done():
	case <-r.Context().Done():
		return false
	}
	return true
}

// misanswer answers a call that deserved good with the fault that is set, and
// returns the status, or 0 where the caller saw none.
func (s *Sandbox) misanswer(w http.ResponseWriter, r *http.Request, f Faults, good map[string]any) int {
	control := http.NewResponseController(w)
	told := map[string]any{"error": problem{Code: "fault", Message: "the sandbox was told to answer so"}}
	body, err := json.Marshal(good)
	if err != nil {
		panic("sandbox: " + err.Error()) // texts always encode
	}
	w.Header().Set("Content-Type", "application/json")
	switch f.Answer {
	case "hang-before", "hang-within", "reset":
		s.hangUp(control, f.Answer)
		return 0
	case "hang-after":
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		_ = control.Flush()
		s.pause(r, maxHang)
	case "malformed":
		_, _ = w.Write([]byte(`{"real_time_access_token": `))
	case "truncated":
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)-1])
	case "empty":
		w.WriteHeader(http.StatusOK)
	case "error-200":
		writeJSON(w, http.StatusOK, told)
	case "blank-token":
		good["real_time_access_token"] = ""
		writeJSON(w, http.StatusOK, good)
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>")
	case "huge":
		_ = control.SetWriteDeadline(time.Now().Add(maxHang))
		_, _ = w.Write(body[:len(body)-1])
		for range hugeBody / len(padding) {
			if _, err := io.WriteString(w, padding); err != nil {
				break // the caller has had enough
			}
		}
		_, _ = io.WriteString(w, "}")
	case "drip":
		for end := time.Now().Add(maxHang); len(body) > 0 && time.Now().Before(end); body = body[1:] {
			_, _ = w.Write(body[:1])
			if control.Flush() != nil || !s.pause(r, dripEvery) || s.ctx.Err() != nil {
				break
			}
		}
	case "redirect":
		http.Redirect(w, r, elsewherePath, http.StatusTemporaryRedirect)
		return http.StatusTemporaryRedirect
	default:
		status, err := strconv.Atoi(strings.TrimPrefix(string(f.Answer), "status-"))
		if err != nil {
			panic("sandbox: no fault " + string(f.Answer))
		}
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((time.Duration(f.RetryAfter)+time.Second-1)/time.Second)))
		}
		writeJSON(w, status, told)
		return status
	}
	return http.StatusOK
}

// hangUp answers with nothing, or with less than the headers, and ends the
// connection: a reset at once, any other when the caller leaves.
func (s *Sandbox) hangUp(control *http.ResponseController, how Slug) {
	conn, _, err := control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // a connection that cannot be had can at least be ended
	}
	defer func() { _ = conn.Close() }()
	switch tcp, isTCP := conn.(*net.TCPConn); {
	case how == "reset" && isTCP:
		_ = tcp.SetLinger(0)
		return
	case how == "hang-within":
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Sandbox: ")
	}
	_ = conn.SetDeadline(time.Now().Add(maxHang))
	defer context.AfterFunc(s.ctx, func() { _ = conn.Close() })()
	_, _ = io.Copy(io.Discard, conn)
}

// elsewhere is where the redirect leads. It notes whether the secret came along,
// and never what came.
func (s *Sandbox) elsewhere(w http.ResponseWriter, r *http.Request) {
	var sent map[string]any
	secret, ok := "", json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAuthBody)).Decode(&sent) == nil
	if ok {
		secret, _ = sent["secret_token"].(string)
	}
	if s.isSecret(secret) {
		s.traffic.strayed.Add(1)
	}
	writeJSON(w, http.StatusOK, map[string]any{"real_time_access_token": "from-elsewhere"})
}
