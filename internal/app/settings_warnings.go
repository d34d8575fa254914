package app

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A SettingsWarning is about a setting that is allowed and yet not right for production.
type SettingsWarning struct {
	Setting string // the name of its variable
	Seen    string
	Mend    string
}

// Warnings are those about the settings, of which Parse has made p.
func (s *Settings) Warnings(p Parsed) (all []SettingsWarning) {
	warn := func(needed bool, warning SettingsWarning) {
		if needed {
			all = append(all, warning)
		}
	}
	scheme, host := "", ""
	if p.PublicURL != nil {
		scheme, host = p.PublicURL.Scheme, p.PublicURL.Hostname()
	}
	warn(!p.Assistant, SettingsWarning{
		Setting: "CARAMELO_PROJECT_ID",
		Seen:    "no Caramelo credentials: pages have no assistant",
		Mend:    "set CARAMELO_PROJECT_ID and CARAMELO_SECRET_TOKEN",
	})
	for _, secret := range s.Secrets() {
		text := secret.Text.Reveal()
		warn(strings.Trim(text, " \t\r\n\"'") != text, SettingsWarning{
			Setting: secret.Name,
			Seen:    secret.Name + " begins or ends with a quote or a blank",
			Mend:    "take it away, unless it belongs there",
		})
	}
	warn(s.SecretKey.Blank(), SettingsWarning{
		Setting: "SECRET_KEY",
		Seen:    "no SECRET_KEY: the keys of second factors are stored as they are",
		Mend:    "make one with openssl rand -hex 32, and keep it: without it they are lost",
	})
	warn(scheme == "http" && !Loopback(host), SettingsWarning{
		Setting: "PUBLIC_URL",
		Seen:    "PUBLIC_URL is plain http: whoever is on the way reads passwords and pages",
		Mend:    "use https",
	})
	warn(scheme == "https" && p.Database != nil && !p.DatabaseVerified(), SettingsWarning{
		Setting: "DATABASE_URL",
		Seen:    "DATABASE_URL does not verify the server: whoever is on the way may read along",
		Mend:    "use sslmode=verify-full",
	})
	warn(s.tracingWarning(p))
	return all
}

// DatabaseVerified reports whether every way to the database is either on this
// machine or over TLS with the server's name checked.
func (p *Parsed) DatabaseVerified() bool {
	verified := func(host string, tls *tls.Config) bool {
		return strings.HasPrefix(host, "/") || Loopback(host) || tls != nil && !tls.InsecureSkipVerify
	}
	c := p.Database.ConnConfig
	return verified(c.Host, c.TLSConfig) && !slices.ContainsFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool {
		return !verified(f.Host, f.TLSConfig)
	})
}
