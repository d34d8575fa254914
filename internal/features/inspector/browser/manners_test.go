package browser_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
)

// Each manner in which a script may be built, with each kind of thing denied, and with all of
// them: either the chat is styled, opens and answers, and the browser blocks nothing, or the
// page is whole and an admin reads, at the handshake and among the reports, which setting it
// is. A chat that only looks bare without what is denied answers all the same.
func TestEachMannerWithEachPolicy(t *testing.T) {
	settings := map[string][]string{"all": csp.Deniable}
	for _, kind := range csp.Deniable {
		settings[kind] = []string{kind}
	}
	for name, denied := range settings {
		t.Run(name, func(t *testing.T) {
			in, panel := e2e.StartFaulty(t, func(s *app.Settings) { s.PolicyDeny = denied })
			b, admin := in.NewTab(t, 1280, 700), in.NewTab(t, 1280, 700)
			b.Before(e2e.Complaints)
			b.Enter(e2e.Employee(t, "en"))
			handshakes, all := map[string][]string{}, map[string]bool{} // kinds that are blocked
			for _, manner := range e2e.Manners() {
				e2e.SetManner(t, panel, manner)
				b.Visit(paths.Assistant)
				var missed []string // kinds
				for directive := range strings.FieldsSeq(manner.Needs) {
					if kind := csp.Kind(directive); slices.Contains(denied, kind) {
						missed = append(missed, kind)
					}
				}
				if !slices.Contains(missed, "frame") && !slices.Contains(missed, "worker") {
					b.ChatWorks(panel, slices.Contains(missed, "style"))
				}
				b.Until(`visible($("h1")) && visible($("footer"))`)
				if len(missed) > 0 {
					b.Until(`complaints.length > 0`)
				}
				blocked := kindsOf(e2e.Ask[[]string](b, `complaints.map((line) => line.split(" ")[0])`))
				switch {
				case len(denied) == 1 && !slices.Equal(blocked, missed):
					t.Errorf("%s: %q is blocked, want %q", manner.Slug, blocked, missed)
				case slices.ContainsFunc(blocked, func(kind string) bool { return !slices.Contains(missed, kind) }):
					t.Errorf("%s: %q is blocked, and it needs %q", manner.Slug, blocked, missed)
				}
				if len(blocked) > 0 {
					handshakes[e2e.Ask[string](b, `$("script[data-handshake]").dataset.handshake`)] = blocked
				}
				for _, kind := range blocked {
					all[kind] = true
				}
			}
			if len(all) == 0 {
				t.Error("no manner needs it")
			}
			b.Visit(paths.Home) // a page reports when it is left, at the latest
			admin.Enter(in.Promoted(t, "en"))
			for id, blocked := range handshakes {
				reads(admin, inspector.Show.Of(id), ".facts small", blocked)
			}
			reads(admin, inspector.Reports, "td small", slices.Sorted(maps.Keys(all)))
		})
	}
}

// reads waits until an admin reads on a page, once it is loaded again, that each of these
// kinds is denied, and of no other one.
func reads(admin *e2e.Tab, page, where string, kinds []string) {
	var want []string
	for _, kind := range kinds {
		want = append(want, "To allow it, take "+kind+" out of CARAMELO_POLICY_DENY.")
	}
	admin.Visit(page)
	admin.Until(`(() => {
		const said = $$(` + e2e.Quoted(where) + `).map((e) => e.textContent.trim())
			.filter((s) => s.includes("CARAMELO_"));
		if ([...new Set(said)].sort().join() === ` + e2e.Quoted(strings.Join(want, ",")) + `) return true;
		if (document.readyState === "complete") window.again ??= location.reload() ?? true;
	})()`)
}

// kindsOf are the kinds of things that directives are about, each once.
func kindsOf(directives []string) (kinds []string) {
	for _, directive := range directives {
		kinds = append(kinds, csp.Kind(directive))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}
