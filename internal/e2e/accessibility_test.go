package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// findings are all that is wrong with the page as it is laid out now: it can be
// scrolled sideways, something is too small to touch, a name does not contain what
// is read (WCAG 2.5.3), something does not show that it has the focus, or axe-core
// finds something. All in one call of the browser.
//
// axe-core also tells what it cannot decide, which a person would have to look at.
// It need not decide on the contrast of a single letter, or of a text that is half
// scrolled away: there are others beside them. What lies over something else, as the
// open chat over a notice, has a ground of its own. Loading the style sheets once
// more is left out: no rule of these needs them.
const findings = `await (async (rules) => {
	for (const e of document.querySelectorAll("main details, #assistant-ask details")) e.open = true;
	for (const e of document.querySelectorAll("details.menu")) e.open = innerWidth < 960;
	const found = [], sideways = ` + sideways + `;
	if (sideways) found.push("it scrolls sideways: " + sideways);
	found.push(...` + small + `.map((e) => "something is small to touch: " + e));
	found.push(...` + misnamed + `.map((e) => "its name does not contain what is read: " + e));
	found.push(...` + unfocused + `.map((e) => "the focus " + e));
	document.activeElement.blur();
	if (rules === "none" || !window.axe) return found;
	const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
	const colours = axe.getRules(tags).filter((rule) => rule.tags.includes("cat.color")).map((rule) => rule.ruleId);
	const {violations, incomplete} = await axe.run(document, {
		runOnly: rules === "all" ? tags : {type: "rule", values: colours},
		rules: {"label-content-name-mismatch": {enabled: true}},
		resultTypes: ["violations", "incomplete"], preload: false,
	});
	const excused = ["shortTextContent", "elmPartiallyObscured", "elmPartiallyObscuring", "bgOverlap"];
	const moot = (node) => node.any.some((check) => excused.includes(check.data?.messageKey));
	const said = (rule, node) => rule.id + " (" + rule.help + ") at " + node.target.join(" ") + ": " +
		node.failureSummary.replaceAll(/\s+/g, " ");
	return found.concat([...violations, ...incomplete].flatMap((rule) =>
		rule.nodes.filter((node) => !moot(node)).map((node) => said(rule, node))));
})(%q)`

// misnamed names what has another name for a screen reader than what is read there.
const misnamed = `$$("a[aria-label], button[aria-label], summary[aria-label]").filter(visible).filter((e) => {
	const words = (s) => s.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();
	return !words(e.ariaLabel).includes(words(e.innerText));
}).map((e) => e.outerHTML.slice(0, 200))`

// focusable is what Tab leads to.
const focusable = `$$("a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary, " +
	"[tabindex='0']").filter(visible)`

// unfocused names what can have the focus and does not show it: it is in sight, and
// has an outline, its own or one around the row that it stands for.
const unfocused = focusable + `.map((e) => {
	e.focus({focusVisible: true});
	const box = e.getBoundingClientRect(), at = ": " + e.outerHTML.slice(0, 120);
	const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
	if (document.activeElement !== e) return "does not go to it" + at;
	if (box.bottom <= 0 || box.top >= innerHeight) return "is out of sight" + at;
	if (box.right <= 0 || box.left >= innerWidth) return "is out of sight sideways" + at;
	if (!ring(getComputedStyle(e)) && !ring(getComputedStyle(e, "::after"))) return "has no outline" + at;
	return "";
}).filter(Boolean)`

// looksRight checks the page that the tab shows in each of its layouts. axe-core is
// there where the tab was opened with it. It comes by the browser's protocol, past
// the policy for a page's scripts.
func (b *Tab) looksRight(page sent) {
	b.t.Helper()
	b.Until(`document.readyState === "complete"`) // with its style sheets
	layouts := page.layouts()
	if b.laid == layouts[len(layouts)-1] { // to lay a page out anew takes time
		slices.Reverse(layouts)
	}
	for _, l := range layouts {
		fail := func(format string, found ...any) {
			b.t.Helper()
			b.t.Errorf("%s at %d px, %s: "+format, append([]any{page.name, l.width, l.scheme}, found...)...)
		}
		b.lay(l)
		for _, found := range Ask[[]string](b, fmt.Sprintf(findings, l.rules)) {
			fail("%s", found)
		}
		if l.width == narrow && l.rules != "none" {
			b.tablesStayTables(fail)
		}
	}
}

// lay lays the page out anew, and those after it.
func (b *Tab) lay(l layout) {
	b.t.Helper()
	if b.laid == l {
		return
	}
	b.run(chromedp.EmulateViewport(l.width, 700))
	// Without motion, so that no colour is on its way.
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	b.Until(fmt.Sprintf(`innerWidth === %d && getComputedStyle(document.body).backgroundColor === %q`,
		l.width, grounds[l.scheme]))
	b.laid = l
}

// Narrow screens lay tables out as blocks. A browser must not forget that they
// are tables: to say so in ARIA would be against the HTML standard.
func (b *Tab) tablesStayTables(fail func(string, ...any)) {
	b.t.Helper()
	if !Ask[bool](b, `$$("table").some(visible)`) {
		return
	}
	told := map[string]int{}
	for _, node := range command(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !node.Ignored {
			told[strings.Trim(string(node.Role.Value), `"`)]++
		}
	}
	// Cells without a text are not laid out at all there.
	for role, element := range map[string]string{
		"table": "table", "row": "tr", "columnheader": "thead th", "rowheader": "tbody th", "cell": "td",
	} {
		if want := Ask[int](b, `$$("`+element+`").filter(visible).length`); told[role] != want {
			fail("the browser tells of %d × %s, want %d", told[role], role, want)
		}
	}
}

// What people are called and do may have no place to break a line: WCAG 1.4.10.
func TestLongWordsStayOnThePage(t *testing.T) {
	in := Start(t, silent)
	word := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 3)
	in.SQL(t, `UPDATE people SET name = $1, title = $1, skills = $1`, word)
	in.SQL(t, `UPDATE departments SET names = jsonb_build_object('en', $1::text)`, word)
	c := in.crawl(t)
	c.follow("en", store.Admin)
	pages := looked(c.pages)
	b := in.gallery(t, pages).guide(t)
	for _, width := range []int64{narrow, wide} {
		b.run(chromedp.EmulateViewport(width, 700))
		for n, page := range pages {
			b.Visit(shown(n))
			if found := Ask[string](b, sideways); found != "" {
				t.Errorf("%s scrolls sideways at %d px: %s", page.name, width, found)
			}
		}
	}
}

// WCAG 2.4.11, which axe-core has no rule for.
func TestNothingCoversWhatHasTheFocus(t *testing.T) {
	in := Start(t)
	for _, width := range []int64{320, 1280} {
		t.Run(fmt.Sprintf("the notice at %d px", width), func(t *testing.T) {
			b := in.NewTab(t, width, 700)
			b.Enter(Admin(t))
			in.Vendor.Refuse()
			defer in.Vendor.Answer(in.Vendor.sandbox.ServeHTTP)
			for _, path := range []string{
				paths.Home, paths.Account, paths.People, paths.Assistant, paths.AdminPeople, paths.AdminDepartments,
			} {
				b.Visit(path)
				b.Until(`visible($("#assistant-unavailable"))`)
				b.painted()
				each := focusable + `.map((e) => { e.focus(); return ` + covered + ` }).filter(Boolean)`
				for _, found := range Ask[[]string](b, each) {
					t.Errorf("on %s something covers the focus, on %s", path, found)
				}
			}
		})
	}
	t.Run("the question at 320 px", func(t *testing.T) {
		b := Launch(t, asksFirst).NewTab(t, 320, 700)
		b.Enter(Employee(t, "pt"))
		for _, path := range []string{paths.Home, paths.Account, paths.People, paths.Assistant} {
			b.Visit(path)
			each := focusable + `.map((e) => { e.focus(); return ` + covered + ` }).filter(Boolean)`
			for _, found := range Ask[[]string](b, each) {
				t.Errorf("on %s something covers the focus, on %s", path, found)
			}
		}
	})
	// It opens over the page where people ask it to; where they go on, or press
	// Escape, it makes room.
	back := func(b *Tab) { b.run(chromedp.KeyEvent("\t", chromedp.KeyModifiers(kb.ModifierShift))) }
	t.Run("the chat that fills the screen", func(t *testing.T) {
		b := in.NewTab(t, 320, 700)
		b.Enter(Employee(t, "en"))
		for _, leave := range []func(*Tab){back, func(b *Tab) { b.Write("\t") }} {
			b.Visit(paths.Home)
			b.Until(`online()`)
			b.Click(`chat("#bubble")`)
			b.Until(`host.shadowRoot.activeElement === chat("#input") && host.shadowRoot.getAnimations().length === 0`)
			for Ask[bool](b, `chat("#panel").contains(host.shadowRoot.activeElement)`) {
				leave(b)
			}
			// At its end the page gives the focus to the browser for one step.
			if Ask[bool](b, `document.activeElement === document.body`) {
				leave(b)
			}
			b.Until(`chat("#panel").hidden`)
			b.uncovered()
		}
	})
	t.Run("the chat beside the page", func(t *testing.T) {
		b := in.NewTab(t, 1280, 700)
		b.Enter(Employee(t, "en"))
		b.Until(`online()`)
		b.Click(`chat("#bubble")`)
		b.Until(`!chat("#panel").hidden`)
		for Ask[bool](b, `document.activeElement === host`) {
			back(b)
		}
		b.Do(`window.left = document.activeElement`)
		b.Write("\x1b")
		b.Until(`chat("#panel").hidden && document.activeElement === left && left !== document.body`)
		b.uncovered()
	})
}

// covered names what has the focus and is entirely hidden by something else.
const covered = `(() => {
	let e = document.activeElement;
	if (e.shadowRoot) e = e.shadowRoot.activeElement;
	const box = e.getBoundingClientRect(), steps = [.02, .25, .5, .75, .98];
	const seen = (x, y) => {
		const hit = e.getRootNode().elementFromPoint(box.left + box.width * x, box.top + box.height * y);
		return hit && (e.contains(hit) || hit.contains(e));
	};
	return steps.some((x) => steps.some((y) => seen(x, y))) ? "" : e.outerHTML.slice(0, 120);
})()`

// uncovered fails where something covers what has the focus.
func (b *Tab) uncovered() {
	b.t.Helper()
	if found := Ask[string](b, covered); found != "" {
		b.t.Errorf("on %s something covers the focus, on %s", Ask[string](b, `location.pathname`), found)
	}
}
