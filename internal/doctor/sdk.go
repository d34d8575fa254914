package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"mime"
	"net/http"
	"path"
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
	e.check(ctx, "sdk.script", []string{"sdk.reachable"}, func(context.Context) Check {
		return e.judgeScript(script)
	})
	e.checkKinds(ctx, script)
}

func judgeSDK(a answer) Check {
	switch {
	case a.status/100 == 3:
		return fail("status %d: a redirect%s", a.status, a.redirect()).
			mend("set CARAMELO_SDK_URL to where it leads: the pages' policy allows no other host")
	case a.status != http.StatusOK:
		return fail("status %d in %v", a.status, a.took).mend("set CARAMELO_SDK_URL to the script's address")
	}
	return fine("status 200 in %v", a.took)
}

func (e *examination) judgeScript(a answer) Check {
	const isIt = "is CARAMELO_SDK_URL the script, and not a page about it?"
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch media {
	case "text/javascript", "application/javascript", "application/x-javascript": // the usual ones of RFC 9239
	default:
		return fail("the content type is not JavaScript's").mend(isIt)
	}
	switch {
	case len(a.body) == 0, bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")):
		return fail("it says that it is JavaScript, and is HTML or empty").mend(isIt)
	case path.Base(e.parsed.Policy.Script.Path) == "index.js":
		return fail("index.js is the script for pages without a sign-in").
			mend("set CARAMELO_SDK_URL to authenticated.js")
	case len(a.body) == maxAnswer:
		return warn("%d MiB or more: too much for a script", maxAnswer>>20).mend("is CARAMELO_SDK_URL right?")
	}
	return fine("%d bytes, sha256 %x", len(a.body), sha256.Sum256(a.body))
}
