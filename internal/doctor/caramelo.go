package doctor

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/carameloai/intranet/internal/checks"
)

const (
	noChat   = "there are no Caramelo credentials: pages have no assistant"
	otherAPI = "set CARAMELO_API_URL to the API itself, such as https://api.carameloai.com: " +
		"a redirect or a page of a proxy is no answer"
	belowAPI = "/api/chatbox/project" // documented; no id is sent
)

// checkCaramelo looks at the way to the API, without a handshake.
func (e *examination) checkCaramelo(ctx context.Context) {
	address, _ := url.Parse(strings.TrimRight(e.settings.APIURL, "/") + belowAPI)
	needs := []string{"settings.caramelo_api_url"}
	e.check(ctx, "caramelo.proxy", needs, func(context.Context) checks.Check { return e.caramelosProxy(address) })
	e.checkHost(ctx, host{
		name:  "caramelo",
		needs: append(needs, "caramelo.proxy"),
		url:   address,
		proxy: http.ProxyFromEnvironment,
		judge: func(a answer) checks.Check { return e.judgeAPI(address, a) },
	})
}

// caramelosProxy says which proxy leads to the address. What the variable holds may
// have a password in it.
func (e *examination) caramelosProxy(address *url.URL) checks.Check {
	if !e.parsed.Assistant {
		return checks.Skip(noChat)
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: address})
	variable := strings.ToUpper(address.Scheme) + "_PROXY"
	switch {
	case err == nil && proxy != nil:
		return checks.OK("calls go through %s", proxy.Host)
	case os.Getenv(variable)+os.Getenv(strings.ToLower(variable)) != "":
		return checks.OK("none for this host, although %s is set: "+
			"NO_PROXY says so, the host is this machine, or that is not an address", variable)
	}
	return checks.OK("none")
}

func (e *examination) judgeAPI(address *url.URL, a answer) checks.Check {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case e.parsed.PublicURL != nil && strings.EqualFold(e.parsed.PublicURL.Host, address.Host):
		return checks.Fail("it is PUBLIC_URL: the intranet itself").MendBy(otherAPI)
	case a.status/100 == 3:
		return checks.Warn("status %d: a redirect%s, which pages do not follow", a.status, a.redirect()).
			MendBy(otherAPI)
	case a.status >= 500:
		return checks.Warn("status %d in %v", a.status, a.took).
			MendBy("ask Caramelo, or whoever runs the proxy on the way")
	case strings.Contains(media, "html"):
		return checks.Warn("status %d in %v, and HTML: a page, where an API should be", a.status, a.took).
			MendBy(otherAPI)
	case address.Path != belowAPI:
		return checks.Warn("it answers in %v; but the address has a path, and the documented one has none", a.took).
			MendBy(otherAPI)
	}
	return checks.OK("it answers in %v", a.took)
}
