package app

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
)

// script checks Caramelo's script and what it may reach.
func (p *parser) script() {
	if err := caramelo.CheckURL(p.settings.SDKURL, p.parsed.Sandbox); err != nil {
		p.wrong("CARAMELO_SDK_URL", err)
	} else {
		p.parsed.Policy.Script, _ = url.Parse(p.settings.SDKURL)
	}
	for i, origin := range fields(p.settings.Origins) {
		if err := checkOrigin(origin, p.parsed.Sandbox); err != nil {
			p.wrong("CARAMELO_ORIGINS", fmt.Errorf("has something else than origins such as "+
				"https://*.example.com or wss://example.com: number %d %w", i+1, err))
			continue
		}
		p.parsed.Policy.Origins = append(p.parsed.Policy.Origins, origin)
	}
}

// policy checks what the script may load.
func (p *parser) policy() {
	p.parsed.Policy.Secure = p.parsed.PublicURL != nil && p.parsed.PublicURL.Scheme == "https"
	for i, kind := range fields(p.settings.PolicyDeny) {
		if !slices.Contains(csp.Deniable, kind) {
			p.wrong("CARAMELO_POLICY_DENY", fmt.Errorf("has something else than what the script can do without, "+
				"which is %s: number %d", strings.Join(csp.Deniable, ", "), i+1))
			continue
		}
		p.parsed.Policy.Denied = append(p.parsed.Policy.Denied, kind)
	}
	for i, allowed := range fields(p.settings.PolicyAllow) {
		kind, origin, _ := strings.Cut(allowed, "=")
		err := checkOrigin(origin, p.parsed.Sandbox)
		switch {
		case !slices.Contains(csp.Kinds, kind):
			err = fmt.Errorf("does not begin with one of %s", strings.Join(csp.Kinds, ", "))
		case err == nil && kind != "connect" && strings.HasPrefix(origin, "ws"):
			err = errors.New("is a WebSocket: only connect may have one")
		}
		if err != nil {
			p.wrong("CARAMELO_POLICY_ALLOW", fmt.Errorf("has something else than kinds with an origin such as "+
				"font=https://fonts.example.com: number %d %w", i+1, err))
			continue
		}
		p.parsed.Policy.Allowed = append(p.parsed.Policy.Allowed, csp.Source{Kind: kind, Origin: origin})
	}
}

// consent checks whether people are asked first, and what the question links to.
func (p *parser) consent() {
	var err error
	if p.parsed.AskFirst, err = strconv.ParseBool(p.settings.AskFirst); err != nil {
		p.wrong("CARAMELO_ASK_FIRST", errors.New("must be true or false"))
	}
	for _, page := range []struct{ name, address string }{
		{"CARAMELO_PRIVACY_URL", p.settings.VendorPrivacy},
		{"PRIVACY_URL", p.settings.CompanyPrivacy},
	} {
		if err := checkPage(page.address); err != nil && page.address != "" {
			p.wrong(page.name, err)
		}
	}
}

// opened is how the script opens its chat: an event of the document, or a function of the
// window with the names that lead to it.
var opened = regexp.MustCompile(`^(event:[A-Za-z][\w:.-]{0,99}|function:[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*){0,9})?$`)

func (p *parser) open() {
	if !opened.MatchString(p.settings.Open) {
		p.wrong("CARAMELO_OPEN", errors.New("must be event: with the name of an event of the document, or function: "+
			"with a function of the window, such as event:caramelo:open or function:Caramelo.open"))
		return
	}
	p.parsed.Open = p.settings.Open
}
