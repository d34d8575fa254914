package app

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
)

// ProviderSettings are those of one OpenID Connect provider. Each is a variable whose name
// begins with OIDC_ and the provider's id, such as OIDC_ENTRA_ISSUER.
type ProviderSettings struct {
	Issuer   string
	ClientID string
	Secret   caramelo.Secret // of OIDC_…_CLIENT_SECRET, or of the file that …_FILE names
	Name     string          // as people know it
	Domains  string          // of the company's e-mails
	Join     string          // true or false
	Verified string          // a claim
	Factors  string          // values of amr and acr
	Scopes   string

	Groups      string // a claim
	Roles       string // such as admin=Group one,editor=Group two
	Departments string // such as finance=Group three
}

// providerVariable is the name of a provider's variable.
func providerVariable(id, what string) string { return "OIDC_" + strings.ToUpper(id) + "_" + what }

// readProviders fills in what OIDC_PROVIDERS names.
func (s *Settings) readProviders() {
	for _, id := range fields(s.Providers) {
		if !providerID.MatchString(id) {
			continue // Parse says so
		}
		if s.Provider == nil {
			s.Provider = map[string]ProviderSettings{}
		}
		env := func(what string) string { return os.Getenv(providerVariable(id, what)) }
		s.Provider[id] = ProviderSettings{
			Issuer: env("ISSUER"), ClientID: env("CLIENT_ID"), Name: env("NAME"), Domains: env("DOMAINS"),
			Join: env("JOIN"), Verified: env("VERIFIED_CLAIM"), Factors: env("SECOND_FACTOR"), Scopes: env("SCOPES"),
			Groups: env("GROUPS_CLAIM"), Roles: env("ROLES"), Departments: env("DEPARTMENTS"),
			Secret: s.readSecret(providerVariable(id, "CLIENT_SECRET")),
		}
	}
}

var (
	providerID     = regexp.MustCompile(`^[a-z][a-z0-9]{0,19}$`)
	mailDomain     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$`)
	departmentSlug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	claimName      = regexp.MustCompile(`^[A-Za-z0-9_:/.-]{1,200}$`)
)

// providers checks how people sign in beside the password.
func (p *parser) providers() {
	ids := fields(p.settings.Providers)
	switch p.settings.Passwords {
	case "", signin.Everyone:
	case signin.Admins:
		if len(ids) == 0 {
			p.wrong("PASSWORD_SIGN_IN", errors.New("must be everyone where there are no OIDC_PROVIDERS: "+
				"nobody but admins could sign in"))
		}
	default:
		p.wrong("PASSWORD_SIGN_IN", errors.New("must be everyone or admins"))
	}
	if len(ids) == 0 {
		return
	}
	if p.settings.SecretKey.Blank() {
		p.wrong("OIDC_PROVIDERS", errors.New("needs a SECRET_KEY, with which a sign-in that has begun is sealed: "+
			"make one with openssl rand -hex 32"))
	}
	for i, id := range ids {
		if !providerID.MatchString(id) || slices.Index(ids, id) != i {
			p.wrong("OIDC_PROVIDERS", fmt.Errorf("must be short names such as entra, of small letters and digits, "+
				"each once: number %d is none", i+1))
			continue
		}
		p.provider(id)
	}
}

// provider checks the settings of one. A problem stands with OIDC_PROVIDERS, which the doctor
// knows, and begins with the variable's own name.
func (p *parser) provider(id string) {
	of := p.settings.Provider[id]
	wrong := func(what, why string) {
		p.problems = append(p.problems, Problem{
			Setting: "OIDC_PROVIDERS", Err: fmt.Errorf("%s %s", providerVariable(id, what), why),
		})
	}
	parsed := oidc.Provider{
		ID: id, Name: cmp.Or(of.Name, strings.ToUpper(id[:1])+id[1:]), Issuer: of.Issuer, ClientID: of.ClientID,
		Secret: of.Secret, Verified: of.Verified, Scopes: fields([]string{of.Scopes}),
		Factors: fields([]string{cmp.Or(of.Factors, "mfa")}),
	}
	if of.Issuer == "" {
		wrong("ISSUER", "is missing: set it to the provider's address, such as https://accounts.google.com")
	} else if err := caramelo.CheckURL(of.Issuer, false); err != nil {
		wrong("ISSUER", err.Error())
	}
	if slices.ContainsFunc(p.parsed.Providers, func(other oidc.Provider) bool { return other.Issuer == of.Issuer }) {
		wrong("ISSUER", "is that of another provider, too")
	}
	if of.ClientID == "" {
		wrong("CLIENT_ID", "is missing: the provider gives one to each application")
	}
	p.unread(providerVariable(id, "CLIENT_SECRET"))
	for _, domain := range fields([]string{strings.ToLower(of.Domains)}) {
		if !mailDomain.MatchString(domain) {
			wrong("DOMAINS", "must be domains such as example.com")
			break
		}
		parsed.Domains = append(parsed.Domains, domain)
	}
	if of.Domains == "" {
		wrong("DOMAINS", "is missing: set it to the domains of your e-mails, such as example.com")
	}
	var err error
	if parsed.Join, err = strconv.ParseBool(cmp.Or(of.Join, "false")); err != nil {
		wrong("JOIN", "must be true or false")
	}
	var ok bool
	isRole := func(s string) bool { return slices.Contains(store.Roles, store.Role(s)) }
	if parsed.Roles, ok = members(of.Roles, isRole); !ok {
		wrong("ROLES", "must be roles and groups such as admin=Group one,editor=Group two")
	}
	if parsed.Departments, ok = members(of.Departments, departmentSlug.MatchString); !ok {
		wrong("DEPARTMENTS", "must be departments and groups such as finance=Group three")
	}
	if parsed.Groups = of.Groups; of.Groups != "" && !claimName.MatchString(of.Groups) {
		wrong("GROUPS_CLAIM", "must be the name of a claim, such as groups")
	}
	if of.Verified != "" && !claimName.MatchString(of.Verified) {
		wrong("VERIFIED_CLAIM", "must be the name of a claim, such as email_verified or xms_edov")
	}
	if len([]rune(parsed.Name)) > 40 {
		wrong("NAME", "must have at most 40 characters")
	}
	p.parsed.Providers = append(p.parsed.Providers, parsed)
}

// members reads what the members of groups are, separated by commas: names of groups have blanks.
func members(text string, fits func(string) bool) (all []oidc.Member, ok bool) {
	for _, pair := range strings.Split(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		is, group, found := strings.Cut(pair, "=")
		if is, group = strings.TrimSpace(is), strings.TrimSpace(group); !found || group == "" || !fits(is) {
			return nil, false
		}
		all = append(all, oidc.Member{Is: is, Group: group})
	}
	return all, true
}

// providerSummary lists what of the providers is no secret, for the audit trail.
func (s *Settings) providerSummary() string {
	all := "PASSWORD_SIGN_IN=" + s.Passwords + " OIDC_PROVIDERS=" + strings.Join(s.Providers, ",")
	for _, id := range fields(s.Providers) {
		of := s.Provider[id]
		for _, one := range []struct{ what, value string }{
			{"ISSUER", of.Issuer}, {"CLIENT_ID", of.ClientID}, {"DOMAINS", of.Domains}, {"JOIN", of.Join},
			{"VERIFIED_CLAIM", of.Verified}, {"SECOND_FACTOR", of.Factors},
			{"GROUPS_CLAIM", of.Groups}, {"ROLES", of.Roles}, {"DEPARTMENTS", of.Departments},
		} {
			all += " " + providerVariable(id, one.what) + "=" + one.value
		}
	}
	return all
}

// providerSecrets are the secrets of the providers.
func (s *Settings) providerSecrets() (all []SecretSetting) {
	for _, id := range fields(s.Providers) {
		all = append(all, SecretSetting{
			Name: providerVariable(id, "CLIENT_SECRET"), Text: s.Provider[id].Secret,
			Help: "the secret that the provider gave with the client id",
		})
	}
	return all
}
