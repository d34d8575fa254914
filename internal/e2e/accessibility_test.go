package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/carameloai/intranet/internal/features/audit"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
)

// axeRun asks axe-core for what is wrong and for what it cannot decide, which a
// person would have to look at. It need not decide on the contrast of a single
// letter, or of a text that is half scrolled away: there are others beside them.
// What lies over something else, as the open chat over a notice, has a ground of
// its own.
//
// Its rule for names that contain the label (WCAG 2.5.3) is experimental; it
// finds nothing false here. Loading the style sheets once more is left out: no
// rule of these needs them.
const axeRun = `await (async (tags, scheme) => {
	const colours = axe.getRules(tags).filter((rule) => rule.tags.includes("cat.color")).map((rule) => rule.ruleId);
	const {violations, incomplete} = await axe.run(document, {
		runOnly: scheme === "light" ? tags : {type: "rule", values: colours},
		rules: {"label-content-name-mismatch": {enabled: true}},
		resultTypes: ["violations", "incomplete"], preload: false,
	});
	const moot = (node) => node.any.some((check) => ["shortTextContent", "elmPartiallyObscured", "elmPartiallyObscuring", "bgOverlap"].includes(check.data?.messageKey));
	return [...violations, ...incomplete].flatMap((rule) => rule.nodes.filter((node) => !moot(node)).map((node) =>
		rule.id + " (" + rule.help + ") at " + node.target.join(" ") + ": " + node.failureSummary.replaceAll(/\s+/g, " ")));
})(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], %q)`

// looksRight checks the page on a narrow screen and on a wide one, in the light
// and in the dark. It fits, fingers can hit what is to be touched, and axe-core
// finds nothing. In the dark nothing is different but the colours, and the rules
// about those are enough: all of them would take twice as long. axe-core comes by
// the browser's protocol, past the policy for a page's scripts; without it ("")
// the rest is checked.
func (b *tab) looksRight(axe, name string) {
	b.t.Helper()
	b.do(axe)
	for _, width := range []int64{320, 1280} {
		b.run(chromedp.EmulateViewport(width, 700))
		b.do(fmt.Sprintf(`document.querySelectorAll("details.menu").forEach((e) => e.open = %t)`, width == 320))
		for _, scheme := range []string{"light", "dark"} {
			// Without motion, so that no colour is on its way.
			command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			b.until(fmt.Sprintf(`innerWidth === %d && getComputedStyle(document.body).backgroundColor === %q`, width, grounds[scheme]))
			if found := ask[string](b, sideways); found != "" {
				b.t.Errorf("%s scrolls sideways at %d px, %s: %s", name, width, scheme, found)
			}
			if axe == "" {
				continue
			}
			for _, found := range ask[[]string](b, fmt.Sprintf(axeRun, scheme)) {
				b.t.Errorf("%s at %d px, %s: %s", name, width, scheme, found)
			}
		}
		for _, found := range ask[[]string](b, small) {
			b.t.Errorf("%s at %d px has something small to touch: %s", name, width, found)
		}
	}
}

// Narrow screens lay tables out as blocks. A browser must not forget that they
// are tables: to say so in ARIA would be against the HTML standard.
func TestTablesStayTablesOnNarrowScreens(t *testing.T) {
	in := start(t)
	in.report(t)
	b := in.newTab(t, 320, 800)
	b.enter(in.promoted(t, "en"))
	for _, path := range []string{paths.Assistant, audit.Index, inspector.Reports, inspector.Index} {
		b.visit(path)
		b.until(`online()`)
		told := map[string]int{}
		for _, node := range command(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
			if !node.Ignored {
				told[strings.Trim(string(node.Role.Value), `"`)]++
			}
		}
		for role, element := range map[string]string{"table": "table", "row": "tr", "columnheader": "thead th", "rowheader": "tbody th", "cell": "td"} {
			// Cells without a text are not laid out at all there.
			if want := ask[int](b, `$$("`+element+`").filter(visible).length`); told[role] != want {
				t.Errorf("%s: the browser tells of %d × %s, want %d", path, told[role], role, want)
			}
		}
	}
}

// What people are called and do may have no place to break a line: WCAG 1.4.10.
func TestLongWordsStayOnThePage(t *testing.T) {
	in := start(t)
	who := in.promoted(t, "en")
	word := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 3)
	in.sql(t, `UPDATE people SET name = CASE WHEN email = $2 THEN name ELSE $1 END, title = $1, skills = $1`, word, who.Email)
	in.sql(t, `UPDATE departments SET names = jsonb_build_object('en', $1::text)`, word)
	b := in.newTab(t, 320, 700)
	b.enter(who)
	places := b.places()
	for _, width := range []int64{320, 1280} {
		b.run(chromedp.EmulateViewport(width, 700))
		for _, p := range places {
			b.visit(p.path)
			if found := ask[string](b, sideways); found != "" {
				t.Errorf("%s scrolls sideways at %d px: %s", p.name, width, found)
			}
		}
	}
}

// WCAG 2.4.11, which axe-core has no rule for.
func TestNothingCoversWhatHasTheFocus(t *testing.T) {
	in := start(t)
	for _, width := range []int64{320, 1280} {
		t.Run(fmt.Sprintf("the notice at %d px", width), func(t *testing.T) {
			b := in.newTab(t, width, 700)
			b.enter(editor(t))
			in.vendor.refuse()
			defer in.vendor.answer(in.vendor.sandbox.ServeHTTP)
			for _, path := range []string{paths.Home, paths.Account, paths.People, paths.Assistant} {
				b.visit(path)
				b.until(`visible($("#assistant-unavailable"))`)
				b.painted()
				b.do(`document.activeElement.blur()`)
				for !ask[bool](b, `document.activeElement === $("#assistant-unavailable a")`) {
					b.write("\t")
					b.uncovered()
				}
			}
		})
	}
	// It opens over the page where people ask it to; where they go on, or press
	// Escape, it makes room.
	back := func(b *tab) { b.run(chromedp.KeyEvent("\t", chromedp.KeyModifiers(kb.ModifierShift))) }
	t.Run("the chat that fills the screen", func(t *testing.T) {
		b := in.newTab(t, 320, 700)
		b.enter(employee(t, "en"))
		for _, leave := range []func(*tab){back, func(b *tab) { b.write("\t") }} {
			b.visit(paths.Home)
			b.until(`online()`)
			b.click(`chat("#bubble")`)
			b.until(`host.shadowRoot.activeElement === chat("#input") && host.shadowRoot.getAnimations().length === 0`)
			for ask[bool](b, `chat("#panel").contains(host.shadowRoot.activeElement)`) {
				leave(b)
			}
			// At its end the page gives the focus to the browser for one step.
			if ask[bool](b, `document.activeElement === document.body`) {
				leave(b)
			}
			b.until(`chat("#panel").hidden`)
			b.uncovered()
		}
	})
	t.Run("the chat beside the page", func(t *testing.T) {
		b := in.newTab(t, 1280, 700)
		b.enter(employee(t, "en"))
		b.until(`online()`)
		b.click(`chat("#bubble")`)
		b.until(`!chat("#panel").hidden`)
		for ask[bool](b, `document.activeElement === host`) {
			back(b)
		}
		b.do(`window.left = document.activeElement`)
		b.write("\x1b")
		b.until(`chat("#panel").hidden && document.activeElement === left && left !== document.body`)
		b.uncovered()
	})
}

// uncovered fails where the focused element is entirely hidden by something else.
func (b *tab) uncovered() {
	b.t.Helper()
	covered := ask[string](b, `(() => {
		let e = document.activeElement;
		if (e.shadowRoot) e = e.shadowRoot.activeElement;
		const box = e.getBoundingClientRect(), steps = [.02, .25, .5, .75, .98];
		const seen = (x, y) => { const hit = e.getRootNode().elementFromPoint(box.left + box.width * x, box.top + box.height * y); return hit && (e.contains(hit) || hit.contains(e)) };
		return steps.some((x) => steps.some((y) => seen(x, y))) ? "" : e.outerHTML.slice(0, 120);
	})()`)
	if covered != "" {
		b.t.Errorf("on %s something covers the focus, on %s", ask[string](b, `location.pathname`), covered)
	}
}
