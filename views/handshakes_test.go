package views_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/views"
)

// handshake is one of each kind in turn.
func handshake(n int) views.Handshake {
	kinds := []string{"ok", "credentials", "project", "rate_limited", "rejected", "unavailable", "timeout", "malformed", "circuit_open", "overloaded", "canceled"}
	h := views.Handshake{
		ID: fmt.Sprint("N", n), Page: "/people", PersonID: conceicao.ID, Name: conceicao.Name, Email: conceicao.Email, Lang: "pt", Kind: kinds[n%len(kinds)],
		Status: 200, Calls: 1, Duration: time.Duration(n) * 1234 * time.Millisecond, Held: time.Duration(n) * time.Millisecond, ProjectID: "p_1",
		Browser: views.Browser{SDK: "loaded", Socket: "online", Blocked: []string{"img-src", "other"}},
	}
	return h
}

func fullHandshakes() views.HandshakesProps {
	p := views.HandshakesProps{Configured: true, Circuit: "closed", Limit: 512, Measured: 11, P99: time.Second, Next: "12"}
	for n := range 11 {
		p.Rows = append(p.Rows, handshake(n))
		p.Totals = append(p.Totals, views.HandshakeTotal{Kind: handshake(n).Kind, Count: 1000 * n})
	}
	p.Bars = p.Rows
	return p
}

func handshakePages() map[string]templ.Component {
	paused, open, half := fullHandshakes(), fullHandshakes(), views.HandshakesProps{Configured: true, Circuit: "half-open"}
	paused.PausedUntil, open.Circuit, open.OpenUntil = time.Now(), "open", time.Now()
	all := map[string]templ.Component{
		"handshakes": views.Handshakes(fullHandshakes()), "handshakes, paused": views.Handshakes(paused), "handshakes, open": views.Handshakes(open), "handshakes, none": views.Handshakes(half),
		"handshakes, off": views.Handshakes(views.HandshakesProps{}),
	}
	for n := range 11 {
		one := handshake(n)
		one.Browser = []views.Browser{{}, {SDK: "failed"}, {SDK: "slow"}, {SDK: "loaded"}, {Socket: "offline"}, {Socket: "ended"}, {Blocked: []string{"img-src"}}}[n%7]
		one.Status, one.Calls, one.Keys, one.Problem = 200*(n%2), n%3, []string{"chat"}[n%2:], "caramelo: "+one.Kind
		one.Expires = []time.Time{{}, time.Now(), time.Now().Add(time.Hour)}[n%3]
		all["handshake "+one.Kind] = views.HandshakePage(views.HandshakeProps{Handshake: one, Now: time.Now(), Mask: "[secret]"})
	}
	return all
}

func TestAHandshakesTokenIsCountedDown(t *testing.T) {
	now := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		59 * time.Second: "in 59 s", 90 * time.Second: "in 1 min 30 s", 2*time.Hour + 5*time.Minute: "in 2 h 5 min", 49 * time.Hour: "in 2 d 1 h", 0: "0 s ago", -90 * time.Second: "1 min 30 s ago",
	} {
		h := handshake(0)
		h.Expires = now.Add(left)
		if text := page(t, "en", views.HandshakePage(views.HandshakeProps{Handshake: h, Now: now})).Find(".facts").First().Text(); !strings.Contains(text, want) {
			t.Errorf("%v: no %q in %q", left, want, text)
		}
	}
	if text := page(t, "en", views.HandshakePage(views.HandshakeProps{Handshake: handshake(0), Now: now})).Find(".facts").First().Text(); !strings.Contains(text, "does not say") {
		t.Errorf("an unknown end: %q", text)
	}
}

// What a page got is shown as it was written, in the language of its person,
// whoever looks at it.
func TestWhatAPageGotIsShownExactly(t *testing.T) {
	h := handshake(0)
	for kind, assistant := range map[string]views.Assistant{
		"ok":      {Available: true, Token: "[secret]", ProjectID: "</script>", SDKURL: "https://sdk.example/a.js"},
		"timeout": {},
	} {
		_, tail, _ := strings.Cut(render(t, h.Lang, views.Page{Person: &conceicao, Assistant: outcome(assistant)}, templ.NopComponent).written.String(), "</footer>")
		_, tail, _ = strings.Cut(tail, "</div>") // assistant.js and what it may say
		want := strings.TrimSuffix(strings.ReplaceAll(tail, nonce, "[nonce]"), "</body></html>")
		h.Kind, h.ProjectID = kind, assistant.ProjectID
		doc := page(t, "en", views.HandshakePage(views.HandshakeProps{Handshake: h, Mask: "[secret]", SDKURL: assistant.SDKURL}))
		if got := doc.Find(".source").Last().Text(); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: shown is\n%s\nwant\n%s", kind, got, want)
		}
	}
}

func TestTheListOfHandshakesLeadsToEach(t *testing.T) {
	doc := page(t, "en", views.Handshakes(fullHandshakes()))
	for _, href := range []string{paths.AdminHandshake.Of("N3"), paths.AdminHandshakes("12"), paths.AdminAssistant} {
		if doc.Find(`main a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("no link to %s", href)
		}
	}
	if live := doc.Find("[data-live]"); live.AttrOr("data-live", "") != paths.AdminAssistantLive || live.Find("svg rect").Length() != 11 {
		t.Error("the list cannot follow what happens")
	}
	old := fullHandshakes()
	old.After = "12"
	if page(t, "en", views.Handshakes(old)).Find("[data-live]").Length() != 0 {
		t.Error("an older page of the list would be replaced by the newest")
	}
}
