// Package oidc lets people sign in with the company's OpenID Connect providers. It is a way
// beside the password, and package signin opens the sessions. To take it out, delete this
// folder and its migration, and what does not compile then; run make golden.
//
// A person is known by issuer and subject alone: e-mails change, and are given to others. The
// tokens of a provider are read once, and kept nowhere.
package oidc

import (
	"embed"
	"slices"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Provider is where people of the company sign in.
type Provider struct {
	ID       string // in paths and in the names of its settings
	Name     string // as people know it
	Issuer   string // its address, and its name in tokens
	ClientID string
	Secret   caramelo.Secret // blank for a public client

	// Domains are those of the company's e-mails, in lower case. Somebody who comes for the
	// first time is linked by their e-mail only if it is of one of them and verified.
	Domains []string
	// Verified is the claim that says that an e-mail is verified; "" is email_verified.
	Verified string
	// Join makes a person of whoever comes for the first time and is not there yet.
	Join bool
	// Factors are the values of amr and acr that say that a second factor was used. Always
	// trusts the provider to ask for one each time.
	Factors []string
	// Groups is the claim with somebody's groups; "" is groups. Roles and Departments are what
	// their members are here; without any, people keep what they have here.
	Groups             string
	Roles, Departments []Member
	Scopes             []string // beside openid, profile and email
}

// Always is the value of Provider.Factors for a provider that always asks for a second factor.
const Always = "always"

// Config is what signing in with providers needs.
type Config struct {
	Providers []Provider
	// Seal keeps what a sign-in has begun with in the browser's cookie. It must have a key.
	Seal seal.Sealer
}

// SignIn signs people in with the providers of one intranet.
type SignIn struct {
	*signin.SignIn
	seal       seal.Sealer
	providers  []*provider
	identities identities
	kept       keptForms
}

// New returns it. Its Way goes into signin.Config, and its Feature into the list of features.
func New(config Config) *SignIn {
	in := &SignIn{seal: config.Seal}
	for _, p := range config.Providers {
		in.providers = append(in.providers, newProvider(p))
	}
	return in
}

// Way is signin.Config.Way.
func (in *SignIn) Way(s *signin.SignIn) signin.Way {
	in.SignIn, in.identities, in.kept = s, identities{s.Store}, keptForms{s.Store, in.seal}
	return signin.Way{Links: in.links, Confirm: in.confirm, SignedOut: in.signedOut}
}

//go:embed en.json pt.json es.json
var texts embed.FS

// What is recorded in the audit trail.
const (
	linked   store.Action = "identity.linked"
	unlinked store.Action = "identity.unlinked"
)

// Feature is its pages, and what else belongs to it.
func (in *SignIn) Feature() web.Feature {
	return web.Feature{
		Name: "oidc",
		Routes: func(*web.Server) []web.Route {
			return []web.Route{
				web.Get(begin, web.Public, in.begin),
				web.Get(callback, web.Public, in.callback),
				web.Get(signedOut, web.Public, in.showSignedOut),
				web.Post(backChannel, web.Public, in.backChannel),
				web.Get(form, web.Employees, in.showForm).WhileEnrolling(),
			}
		},
		Texts:        texts,
		Actions:      []store.Action{linked, unlinked},
		UserCommands: []any{&commands{}},
		Grants: `GRANT SELECT, INSERT, DELETE ON identities TO :"app";
GRANT SELECT, INSERT, DELETE ON proof_forms TO :"app"; -- for minutes`,
		Personal: []personal.Table{{
			Name: "identity", Table: "identities", Person: []string{"person_id"},
			Export: `SELECT * FROM identities WHERE person_id = $1`,
		}, {
			Name: "proof_forms", Table: "proof_forms", Person: []string{"person_id"},
		}},
	}
}

// The pages of a provider.
const (
	begin       paths.Pattern = "/login/oidc/{provider}"
	callback    paths.Pattern = begin + "/callback"
	form        paths.Pattern = begin + "/form"
	signedOut   paths.Pattern = begin + "/signed-out"
	backChannel paths.Pattern = begin + "/logout"
)

// CallbackPath is what a provider has to be told as redirect URI, behind the public address.
func CallbackPath(provider string) string { return callback.Of(provider) }

// BackChannelPath is where a provider may say that somebody has signed out, behind the public
// address.
func BackChannelPath(provider string) string { return backChannel.Of(provider) }

// links are those of the sign-in page.
func (in *SignIn) links(next string) (all []signin.Link) {
	if next == paths.Home {
		next = ""
	}
	for _, p := range in.providers {
		all = append(all, signin.Link{Name: p.Name, Path: begin.Of(p.ID, "next", next)})
	}
	return all
}

// find returns the provider with that id; store.ErrNotFound for none.
func (in *SignIn) find(id string) (*provider, error) {
	i := slices.IndexFunc(in.providers, func(p *provider) bool { return p.ID == id })
	if i < 0 {
		return nil, store.ErrNotFound
	}
	return in.providers[i], nil
}
