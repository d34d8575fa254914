package webtest

import (
	"regexp"
	"strings"

	"github.com/carameloai/intranet/internal/paths"
)

// secrets are the marks of a page that shows or takes a password, a code, the seed of a
// second factor or a one-time link.
var secrets = regexp.MustCompile(`type="password"|autocomplete="(?:one-time-code|current-password|new-password)"|` +
	`name="code"|name="confirm_code"|class="codes"|class="qr"|class="link-once"|` + paths.Invitation + `#\w|` +
	`<code>[A-Z2-7]{26,}</code>`)

// Secret is what in the page should be seen by no script of somebody else's; "" for nothing.
func (a Answer) Secret() string { return secrets.FindString(a.Body) }

// foreign is a script that is neither ours nor inline.
var foreign = regexp.MustCompile(`<script[^>]* src="([^/"][^"]*|//[^"]*)"`)

// Vendors is what the answer has, or allows, of somebody else's: a script, a token or an
// origin of the policy; "" for nothing.
func (a Answer) Vendors() string {
	policy, _, _ := strings.Cut(a.Header.Get("Content-Security-Policy"), "; report-uri")
	for part := range strings.FieldsSeq(policy) {
		if strings.Contains(part, ":") && !strings.HasPrefix(part, "data:") || strings.Contains(part, "*") {
			return part
		}
	}
	if strings.Contains(a.Body, ChatToken) || strings.Contains(a.Body, "carameloaiChatbot") {
		return "the chat"
	}
	return foreign.FindString(a.Body)
}

// hasChat reports whether the page has the assistant, or says that it is away.
func (a Answer) hasChat() bool {
	return strings.Contains(a.Body, "carameloaiChatbot") || strings.Contains(a.Body, `id="assistant-unavailable"`)
}

// checkSecrets fails where nobody else's script may run and one could: on a page with a
// secret, and on every other page without the assistant.
func (b *Browser) checkSecrets(a Answer) {
	b.I.T.Helper()
	page := strings.Contains(a.Body, "<html")
	if vendors := a.Vendors(); page && vendors != "" && (a.Secret() != "" || !a.hasChat()) {
		b.I.T.Errorf("%s %s has %q and %s", a.Request.Method, a.Request.URL.Path, a.Secret(), vendors)
	}
}
