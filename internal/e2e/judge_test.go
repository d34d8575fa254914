package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/paths"
)

// judged is an answer whose headers are judged: see judge.mjs.
type judged struct {
	Name    string            `json:"name"`
	Headers map[string]string `json:"headers"`
}

// judge is what csp_evaluator and Mozilla's Observatory find.
func judge(t *testing.T, answers []judged) (found []string) {
	t.Helper()
	in, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "judge.mjs")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node judge.mjs: %v", err)
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// With the settings of production, and with whatever the policy's own settings take away or
// add, two tools that know what weakens a policy find nothing.
func TestNobodyFindsAWeaknessInOurHeaders(t *testing.T) {
	for _, name := range []string{"csp_evaluator/package.json", "@mdn/mdn-http-observatory/package.json"} {
		if _, err := os.Stat(fromNpm(name)); err != nil {
			missing(t, noNpm)
		}
	}
	t.Parallel()
	var answers []judged
	for name, change := range map[string]func(*app.Settings){
		"as it is": func(*app.Settings) {},
		"narrow":   func(s *app.Settings) { s.PolicyDeny = csp.Deniable },
		"wide": func(s *app.Settings) {
			for _, kind := range csp.Kinds {
				s.PolicyAllow = append(s.PolicyAllow, kind+"=https://more.example.com")
			}
		},
	} {
		in := Launch(t, func(s *app.Settings) {
			s.PublicURL, s.Sandbox = "https://intranet.example.com", "false"
			s.SDKURL = "https://static.carameloai.com/sdk/latest/authenticated.js"
			s.Origins = []string{"https://*.carameloai.com", "wss://*.carameloai.com"}
			change(s)
		})
		for page, path := range map[string]string{"chat": paths.Health, "sign-in": paths.Login} {
			res, err := http.Get(in.url + path)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			headers := map[string]string{}
			for header, values := range res.Header {
				headers[strings.ToLower(header)] = strings.Join(values, ", ")
			}
			if headers["content-security-policy"] == "" {
				t.Errorf("%s, %s: no policy", name, page)
			}
			answers = append(answers, judged{name + ", " + page, headers})
		}
	}
	for _, what := range judge(t, answers) {
		t.Error(what)
	}
	// And they do look.
	if found := judge(t, []judged{{"weak", map[string]string{
		"content-security-policy": "script-src 'unsafe-inline' https:",
	}}}); len(found) < 4 {
		t.Errorf("of a weak policy they find only %q", found)
	}
}
