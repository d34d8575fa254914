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
	maxHang   = time.Minute // for callers without a timeout of their own
	hugeBody  = 8 << 20     // bytes
	dripEvery = 200 * time.Millisecond

	elsewherePath = "/sandbox/elsewhere"
)

// padding is JSON white space for the huge body.
var padding = strings.Repeat(" ", 32<<10)

// delay is how long intranet-auth waits before it answers.
func (f Faults) delay() time.Duration {
	return time.Duration(f.Latency) + rand.N(time.Duration(f.Jitter)+1) // #nosec G404 -- chance, not secrecy
}

// pause waits for d and reports whether the caller is still there. It returns early
// if the caller leaves or the sandbox closes.
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

// answerWithFault sends the answer of the fault that is set, in place of good. It
// returns the status, or 0 if the caller got none.
func (s *Sandbox) answerWithFault(w http.ResponseWriter, r *http.Request, f Faults, good map[string]any) int {
	control := http.NewResponseController(w)
	failure := map[string]any{"error": problem{Code: "fault", Message: "the sandbox was told to answer so"}}
	body, err := json.Marshal(good)
	if err != nil {
		panic("sandbox: " + err.Error()) // strings can always be encoded
	}
	w.Header().Set("Content-Type", "application/json")
	switch f.Answer {
	case "hang-before", "hang-within", "reset":
		s.hangOrReset(control, f.Answer)
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
		writeJSON(w, http.StatusOK, failure)
	case "blank-token":
		good["real_time_access_token"] = ""
		writeJSON(w, http.StatusOK, good)
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>")
	case "huge":
		sendHuge(w, body)
	case "drip":
		s.drip(w, r, body)
	case "redirect":
		http.Redirect(w, r, elsewherePath, http.StatusTemporaryRedirect)
		return http.StatusTemporaryRedirect
	default:
		status, err := strconv.Atoi(strings.TrimPrefix(string(f.Answer), "status-"))
		if err != nil {
			panic("sandbox: no fault " + string(f.Answer))
		}
		if f.RetryAfter > 0 {
			seconds := (time.Duration(f.RetryAfter) + time.Second - 1) / time.Second // rounded up
			w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		}
		writeJSON(w, status, failure)
		return status
	}
	return http.StatusOK
}

// sendHuge sends a valid answer that is made large by white space.
func sendHuge(w http.ResponseWriter, body []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(maxHang))
	_, _ = w.Write(body[:len(body)-1])
	for range hugeBody / len(padding) {
		if _, err := io.WriteString(w, padding); err != nil {
			break // the caller has closed the connection
		}
	}
	_, _ = io.WriteString(w, "}")
}

// drip sends an answer one byte at a time.
func (s *Sandbox) drip(w http.ResponseWriter, r *http.Request, body []byte) {
	control := http.NewResponseController(w)
	for end := time.Now().Add(maxHang); len(body) > 0 && time.Now().Before(end); body = body[1:] {
		_, _ = w.Write(body[:1])
		if control.Flush() != nil || !s.pause(r, dripEvery) || s.ctx.Err() != nil {
			return
		}
	}
}

// hangOrReset resets the connection at once, or keeps it open without a complete
// header until the caller leaves.
func (s *Sandbox) hangOrReset(control *http.ResponseController, fault Slug) {
	conn, _, err := control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // without the connection, at least end the answer
	}
	defer func() { _ = conn.Close() }()
	switch tcp, isTCP := conn.(*net.TCPConn); {
	case fault == "reset" && isTCP:
		_ = tcp.SetLinger(0)
		return
	case fault == "hang-within":
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Sandbox: ")
	}
	_ = conn.SetDeadline(time.Now().Add(maxHang))
	defer context.AfterFunc(s.ctx, func() { _ = conn.Close() })()
	_, _ = io.Copy(io.Discard, conn)
}

// redirectTarget is where the fault "redirect" leads. It counts the calls that brought
// the secret along, and keeps nothing of them.
func (s *Sandbox) redirectTarget(w http.ResponseWriter, r *http.Request) {
	var sent map[string]any
	secret := ""
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAuthBody)).Decode(&sent) == nil {
		secret, _ = sent["secret_token"].(string)
	}
	if s.isSecret(secret) {
		s.traffic.strayed.Add(1)
	}
	writeJSON(w, http.StatusOK, map[string]any{"real_time_access_token": "from-elsewhere"})
}
