package doctor

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/carameloai/intranet/internal/checks"
)

// marks are what a script mentions that makes things of each kind. A script may do so in
// other words, and may not do all that it mentions: only a browser knows.
var marks = map[string]*regexp.Regexp{
	"style":  regexp.MustCompile(`createElement\(["']style|setAttribute\(["']style|["']stylesheet["']|<style`),
	"image":  regexp.MustCompile(`new Image\b|createElement\(["']img|data:image/|<img|\.(?:png|gif|webp|jpe?g|svg)\b`),
	"font":   regexp.MustCompile(`@font-face|new FontFace\b|\.woff2?\b`),
	"media":  regexp.MustCompile(`new Audio\b|createElement\(["'](?:audio|video)|\.(?:mp3|ogg|wav|mp4)\b`),
	"frame":  regexp.MustCompile(`["']iframe["']|<iframe`),
	"worker": regexp.MustCompile(`new (?:Shared)?Worker\b`),
}

// sheetName is a style sheet that a script mentions. Its fonts and pictures are in none of the
// script's own words.
var sheetName = regexp.MustCompile("[\"'`]([\\w./:@-]+\\.css)[\"'`]")

const maxSheets = 5 // of a script, that are read

// withSheets is what a script at that address says, and what the style sheets beside it say.
func withSheets(ctx context.Context, own *url.URL, script answer) []byte {
	all := bytes.Clone(script.body)
	for _, found := range sheetName.FindAllSubmatch(script.body, maxSheets) {
		address, err := own.Parse(string(found[1]))
		if err != nil || address.Scheme != own.Scheme || address.Host != own.Host {
			continue // the script may say anything: nothing else on the network is asked
		}
		if sheet, err := fetch(ctx, address, http.ProxyFromEnvironment); err == nil && sheet.status == http.StatusOK {
			all = append(all, sheet.body...)
		}
	}
	return all
}

// checkKinds says which kinds of things the script must do without, and whether it looks
// as if it could.
func (e *examination) checkKinds(ctx context.Context, script answer) {
	needs := []string{"settings.caramelo_policy_deny", "settings.caramelo_policy_allow", "sdk.script"}
	e.check(ctx, "csp.kinds", needs, func(ctx context.Context) checks.Check {
		policy := e.parsed.Policy
		if len(policy.Denied) == 0 {
			return checks.OK("nothing that a widget is made of is denied; allowed besides: %d", len(policy.Allowed))
		}
		said := withSheets(ctx, policy.Script, script)
		var missed []string
		for _, kind := range policy.Denied {
			if marks[kind].Match(said) {
				missed = append(missed, kind)
			}
		}
		if len(missed) > 0 {
			return checks.Warn("the script mentions %s, which CARAMELO_POLICY_DENY forbids",
				strings.Join(missed, ", ")).
				MendBy("take it out of CARAMELO_POLICY_DENY, or look at the chat in a browser: " +
					"/admin/reports lists what was blocked")
		}
		return checks.OK("denied: %s; the script does not mention it; allowed besides: %d",
			strings.Join(policy.Denied, ", "), len(policy.Allowed))
	})
}
