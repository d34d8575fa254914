package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/carameloai/intranet/internal/checks"
)

// ofScript are what the checks of Caramelo's script need.
func ofScript() []string {
	return []string{"settings.caramelo_sdk_url", "settings.caramelo_project_id", "caramelo.proxy"}
}

// checkSDK loads Caramelo's script as a browser would.
func (e *examination) checkSDK(ctx context.Context) {
	script := e.checkHost(ctx, host{
		name:  "sdk",
		needs: ofScript(),
		url:   e.parsed.Policy.Script,
		proxy: http.ProxyFromEnvironment,
		judge: judgeSDK,

		browsers: true,
	})
	e.check(ctx, "sdk.script", []string{"sdk.reachable"}, func(context.Context) checks.Check {
		return e.judgeScript(script)
	})
	e.check(ctx, "sdk.open", []string{"settings.caramelo_open", "sdk.script"}, func(context.Context) checks.Check {
		return judgeOpen(e.parsed.Open, script)
	})
	e.checkKinds(ctx, script)
}

// judgeOpen looks whether the script mentions what is to open its chat: an event that nobody
// hears is not noticed by the page that sends it.
func judgeOpen(open string, a answer) checks.Check {
	manner, name, _ := strings.Cut(open, ":")
	if name == "" {
		return checks.OK("CARAMELO_OPEN is not set: questions that are pressed are copied")
	}
	if manner == "function" {
		name = name[strings.LastIndex(name, ".")+1:]
	}
	if !bytes.Contains(a.body, []byte(name)) {
		return checks.Warn("the script does not mention %s, which CARAMELO_OPEN names", name).
			MendBy("press a question on a page: where no chat opens, ask Caramelo how it is opened, " +
				"or unset CARAMELO_OPEN")
	}
	return checks.OK("the script mentions %s", name)
}

func judgeSDK(a answer) checks.Check {
	switch {
	case a.status/100 == 3:
		return checks.Fail("status %d: a redirect%s", a.status, a.redirect()).
			MendBy("set CARAMELO_SDK_URL to where it leads: the pages' policy allows no other host")
	case a.status != http.StatusOK:
		return checks.Fail("status %d in %v", a.status, a.took).MendBy("set CARAMELO_SDK_URL to the script's address")
	}
	return checks.OK("status 200 in %v", a.took)
}

func (e *examination) judgeScript(a answer) checks.Check {
	const isIt = "is CARAMELO_SDK_URL the script, and not a page about it?"
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch media {
	case "text/javascript", "application/javascript", "application/x-javascript": // the usual ones of RFC 9239
	default:
		return checks.Fail("the content type is not JavaScript's").MendBy(isIt)
	}
	switch {
	case len(a.body) == 0, bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")):
		return checks.Fail("it says that it is JavaScript, and is HTML or empty").MendBy(isIt)
	case path.Base(e.parsed.Policy.Script.Path) == "index.js":
		return checks.Fail("index.js is the script for pages without a sign-in").
			MendBy("set CARAMELO_SDK_URL to authenticated.js")
	case len(a.body) == maxAnswer:
		return checks.Warn("%d MiB or more: too much for a script", maxAnswer>>20).MendBy("is CARAMELO_SDK_URL right?")
	}
	return checks.OK("%d bytes, sha256 %x", len(a.body), sha256.Sum256(a.body))
}
