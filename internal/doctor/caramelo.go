package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
)

const noChat = "there are no Caramelo credentials: pages have no assistant"

// checkCaramelo looks at the way to the API, without a handshake.
func (d *doctor) checkCaramelo(ctx context.Context) {
	const below = "/api/chatbox/project" // documented; none of our ids is sent
	address, _ := url.Parse(strings.TrimRight(d.settings.APIURL, "/") + below)
	needs := []string{"settings.caramelo_api_url"}
	d.check(ctx, "caramelo.proxy", needs, func(context.Context) Check {
		if !d.parsed.Assistant {
			return skip(noChat)
		}
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: address})
		variable := strings.ToUpper(address.Scheme) + "_PROXY" // what it holds may have a password in it
		switch {
		case err == nil && proxy != nil:
			return fine("calls go through %s", proxy.Host)
		case os.Getenv(variable)+os.Getenv(strings.ToLower(variable)) != "":
			return fine("none for this host, although %s is set: NO_PROXY says so, the host is this machine, or that is not an address", variable)
		}
		return fine("none")
	})
	d.host(ctx, "caramelo", append(needs, "caramelo.proxy"), address, http.ProxyFromEnvironment, func(a answer) Check {
		media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
		switch {
		case d.parsed.PublicURL != nil && strings.EqualFold(d.parsed.PublicURL.Host, address.Host):
			return fail(otherAPI, "it is PUBLIC_URL: the intranet itself")
		case a.status/100 == 3:
			return warn(otherAPI, "status %d: a redirect%s, which pages do not follow", a.status, a.redirect())
		case a.status >= 500:
			return warn("ask Caramelo, or whoever runs the proxy on the way", "status %d in %v", a.status, a.took)
		case strings.Contains(media, "html"):
			return warn(otherAPI, "status %d in %v, and HTML: a page, where an API should be", a.status, a.took)
		case address.Path != below:
			return warn(otherAPI, "it answers in %v; but the address has a path, and the documented one has none", a.took)
		}
		return fine("it answers in %v", a.took)
	})
}

const otherAPI = "set CARAMELO_API_URL to the API itself, such as https://api.carameloai.com: a redirect or a page of a proxy is no answer"

// mending is how to mend each kind of failed handshake.
var mending = map[caramelo.Kind]string{
	caramelo.Credentials: "set CARAMELO_SECRET_TOKEN to the project's authenticated_flow key, from Caramelo's dashboard",
	caramelo.Project:     "compare CARAMELO_PROJECT_ID and CARAMELO_API_URL with Caramelo's dashboard",
	caramelo.RateLimited: "wait; where it stays, ask Caramelo for a higher limit",
	caramelo.Rejected:    "look at this person's name, e-mail and language; try somebody else",
	caramelo.Unavailable: "see caramelo.reachable; ask Caramelo",
	caramelo.Timeout:     "raise CARAMELO_TIMEOUT where the network is slow; ask Caramelo where it is not",
	caramelo.Malformed:   otherAPI,
}

// checkMint makes a handshake as a page of that person would.
func (d *doctor) checkMint(ctx context.Context, pool *pgxpool.Pool, email string) {
	needs := []string{"caramelo.reachable", "settings.caramelo_project_id", "settings.caramelo_secret_token", "settings.caramelo_timeout"}
	if email != "" {
		needs = append(needs, "postgres.reachable")
	}
	// The client keeps to CARAMELO_TIMEOUT, which may be longer than our patience.
	whole := ctx
	d.check(ctx, "caramelo.mint", needs, func(ctx context.Context) Check {
		if email == "" {
			return skip("not tried: run intranet doctor --mint with the e-mail of a test person")
		}
		person, active, err := findPerson(ctx, pool, email)
		if errors.Is(err, pgx.ErrNoRows) {
			return fail("intranet user list shows everybody", "nobody has the e-mail given with --mint")
		}
		if err != nil {
			return d.postgresTrouble("the person cannot be read", err)
		}
		if !active {
			return fail("name somebody who may sign in", "that person is disabled: they get no page, and no token")
		}
		var outcome caramelo.Outcome
		client, err := caramelo.New(caramelo.Config{
			APIURL: d.settings.APIURL, ProjectID: d.settings.ProjectID, Secret: d.settings.SecretToken, AllowHTTP: d.parsed.Sandbox, Timeout: d.parsed.Timeout,
			Observe: func(_ context.Context, o caramelo.Outcome) { outcome = o },
		})
		if err != nil {
			return fail("set the Caramelo settings right", "they do not make a client")
		}
		defer client.Close()
		connection, err := client.Start(whole, person).Join()
		took := outcome.Duration.Round(time.Millisecond / 10)
		switch a := outcome.Answer; {
		case err != nil && outcome.Status == http.StatusOK && (len(a.Keys) > 0 || a.Type == "application/json"):
			return fail("ask Caramelo why, with the project's id; or is CARAMELO_API_URL another service?", "status 200 in %v, and no token (real_time_access_token) in the answer", took)
		case err != nil:
			return fail(mending[outcome.Kind], "%s, status %d, in %v", outcome.Kind, outcome.Status, took)
		}
		size := len(connection.Token.Reveal())
		token := fmt.Sprintf("opaque, or without exp, of %d characters", size) // the vendor promises no form
		if expires := outcome.Answer.Expires; !expires.IsZero() {
			token = fmt.Sprintf("a JWT of %d characters, good for %.0f s", size, time.Until(expires).Seconds())
		}
		return fine("status %d in %v; the token is %s", outcome.Status, took, token)
	})
}

// scriptTypes are the usual ones of RFC 9239.
const scriptTypes = " text/javascript application/javascript application/x-javascript "

// checkSDK loads the script as a browser would.
func (d *doctor) checkSDK(ctx context.Context) {
	needs := []string{"settings.caramelo_sdk_url", "settings.caramelo_project_id", "caramelo.proxy"}
	a := d.host(ctx, "sdk", needs, d.parsed.SDKURL, http.ProxyFromEnvironment, func(a answer) Check {
		switch {
		case a.status/100 == 3:
			return fail("set CARAMELO_SDK_URL to where it leads: the pages' policy allows no other host", "status %d: a redirect%s", a.status, a.redirect())
		case a.status != http.StatusOK:
			return fail("set CARAMELO_SDK_URL to the script's address", "status %d in %v", a.status, a.took)
		}
		return fine("status 200 in %v", a.took)
	})
	d.check(ctx, "sdk.script", []string{"sdk.reachable"}, func(context.Context) Check {
		media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
		switch {
		case !strings.Contains(scriptTypes, " "+media+" "):
			return fail("is CARAMELO_SDK_URL the script, and not a page about it?", "the content type is not JavaScript's")
		case len(a.body) == 0, bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")):
			return fail("is CARAMELO_SDK_URL the script, and not a page about it?", "it says that it is JavaScript, and is HTML or empty")
		case path.Base(d.parsed.SDKURL.Path) == "index.js":
			return fail("set CARAMELO_SDK_URL to authenticated.js", "index.js is the script for pages without a sign-in")
		case len(a.body) == maxAnswer:
			return warn("is CARAMELO_SDK_URL right?", "%d MiB or more: too much for a script", maxAnswer>>20)
		}
		return fine("%d bytes, sha256 %x", len(a.body), sha256.Sum256(a.body))
	})
	d.checkOrigins(ctx, needs)
}
