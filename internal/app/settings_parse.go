package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/trace"
)

// Parsed is Settings after they were checked.
type Parsed struct {
	PublicURL      *url.URL // as browsers write an origin
	TrustedProxies []netip.Prefix
	Database       *pgxpool.Config
	Statements     bool // DATABASE_URL says how statements are sent
	AuditRetention time.Duration
	// DisabledRetention is after how long disabled people are deleted; 0 is never.
	DisabledRetention time.Duration
	Providers         []oidc.Provider // that people sign in with
	Seal              seal.Sealer     // without a key where there is no SECRET_KEY
	Tracing           trace.Config
	Mail              mail.Server // without a host where no mail is sent

	Assistant bool          // there are credentials of Caramelo's
	Sandbox   bool          // Caramelo is a sandbox
	Timeout   time.Duration // of one page's call to Caramelo
	Policy    csp.Policy    // of pages with the assistant, with the address of its script
	AskFirst  bool          // nothing of a person's goes to Caramelo before they say yes
	Open      string        // how the script opens its chat
}

// Problem says that one setting is missing or wrong.
type Problem struct {
	Setting string // the name of its variable
	Err     error  // begins with that name
	Unread  bool   // it is a secret, and could not be read from where it is
}

// SettingsError names every setting that is missing or wrong.
type SettingsError struct{ Problems []Problem }

func (e *SettingsError) Error() string {
	text := "the settings are not complete:"
	for _, problem := range e.Problems {
		text += "\n  " + problem.Err.Error()
	}
	return text
}

// Parse checks the settings. The error is a *SettingsError, and Parsed then holds the
// settings that are right.
//
// No problem repeats a value, because a wrong value may be or contain a secret, and the
// message goes to a log.
func (s *Settings) Parse() (Parsed, error) {
	p := parser{settings: s}
	// The message names them in this order.
	p.database()
	p.sandbox()
	p.timeout()
	p.publicURL()
	p.listeners()
	p.secrets()
	p.credentials()
	p.script()
	p.policy()
	p.consent()
	p.open()
	p.proxies()
	p.secondFactor()
	p.providers()
	p.mail()
	p.auditRetention()
	p.disabledRetention()
	p.log()
	p.tracing()
	if len(p.problems) > 0 {
		return p.parsed, &SettingsError{p.problems}
	}
	return p.parsed, nil
}

// parser checks one group of settings after the other.
type parser struct {
	settings *Settings
	parsed   Parsed
	problems []Problem
}

// wrong notes what is wrong with the setting of that name.
func (p *parser) wrong(name string, err error) {
	p.problems = append(p.problems, Problem{Setting: name, Err: fmt.Errorf("%s %w", name, err)})
}

// unread reports whether ReadSecrets could not read the secret of that name, or read what
// is none, and notes why.
func (p *parser) unread(name string) bool {
	err := p.settings.secretErrors[name]
	if err != nil {
		_, unfit := errors.AsType[unfitError](err)
		p.problems = append(p.problems, Problem{Setting: name, Err: err, Unread: !unfit})
	}
	return err != nil
}

func (p *parser) database() {
	const name = "DATABASE_URL"
	if p.unread(name) {
		return
	}
	err := errNoDatabase
	if !p.settings.DatabaseURL.Blank() {
		p.parsed.Database, err = parseDatabaseURL(p.settings.DatabaseURL)
		p.parsed.Statements = choosesStatements(p.settings.DatabaseURL)
	}
	if err != nil {
		p.problems = append(p.problems, Problem{Setting: name, Err: err})
	}
}

func (p *parser) sandbox() {
	var err error
	if p.parsed.Sandbox, err = strconv.ParseBool(p.settings.Sandbox); err != nil {
		p.wrong("CARAMELO_SANDBOX", errors.New("must be true or false"))
	}
}

func (p *parser) timeout() {
	timeout, err := time.ParseDuration(p.settings.Timeout)
	if err != nil || timeout < 100*time.Millisecond || timeout > 8*time.Second {
		p.wrong("CARAMELO_TIMEOUT", errors.New("must be a time between 100ms and 8s, such as 3s"))
	}
	p.parsed.Timeout = timeout
}

func (p *parser) publicURL() {
	var err error
	if p.parsed.PublicURL, err = ParsePublicURL(p.settings.PublicURL); err != nil {
		p.wrong("PUBLIC_URL", err)
	} else if p.parsed.Sandbox && p.parsed.PublicURL.Scheme == "https" {
		p.wrong("CARAMELO_SANDBOX", errors.New("is refused where PUBLIC_URL is https: a sandbox is not for production"))
	}
}

// listeners checks where the server is to listen.
func (p *parser) listeners() {
	for _, address := range []struct{ name, value string }{
		{"ADDR", p.settings.Addr},
		{"METRICS_ADDR", p.settings.MetricsAddr},
	} {
		if _, err := net.ResolveTCPAddr("tcp", address.value); err != nil && address.value != "" {
			p.wrong(address.name, errors.New("must be a host and a port, such as 127.0.0.1:8080 or :8080"))
		}
	}
}

// secrets checks those beside DATABASE_URL.
func (p *parser) secrets() {
	p.unread("CARAMELO_SECRET_TOKEN")
	p.unread("SECRET_KEY")
	if key := p.settings.SecretKey; !key.Blank() {
		var err error
		if p.parsed.Seal, err = seal.New(key.Reveal()); err != nil {
			p.wrong("SECRET_KEY", fmt.Errorf("%w: make one with openssl rand -hex 32", err))
		}
	}
}

// credentials checks what the server needs for its calls to Caramelo.
func (p *parser) credentials() {
	id, noToken := p.settings.ProjectID, p.settings.SecretToken.Blank()
	if id == "" && noToken {
		return
	}
	p.parsed.Assistant = true
	if id == "" {
		p.wrong("CARAMELO_PROJECT_ID", errors.New(
			"is missing, while there is a secret token: set both, or neither for pages without the assistant"))
	}
	if noToken && p.settings.secretErrors["CARAMELO_SECRET_TOKEN"] == nil {
		p.wrong("CARAMELO_SECRET_TOKEN", errors.New(
			"is missing, while there is a project id: set it, or CARAMELO_SECRET_TOKEN_FILE"))
	}
	if err := caramelo.CheckProjectID(id); err != nil && id != "" {
		p.wrong("CARAMELO_PROJECT_ID", err)
	}
	if err := caramelo.CheckURL(p.settings.APIURL, p.parsed.Sandbox); err != nil {
		p.wrong("CARAMELO_API_URL", err)
	}
}

func (p *parser) proxies() {
	for i, proxy := range fields(p.settings.TrustedProxies) {
		prefix, err := parsePrefix(proxy)
		if err != nil {
			p.wrong("TRUSTED_PROXIES", fmt.Errorf(
				"must be addresses or networks such as 10.0.0.0/8: number %d is neither", i+1))
			continue
		}
		p.parsed.TrustedProxies = append(p.parsed.TrustedProxies, prefix)
	}
}

func (p *parser) secondFactor() {
	known := []string{signin.Optional, signin.Admins, signin.Everyone}
	if !slices.Contains(known, p.settings.SecondFactor) {
		p.wrong("SECOND_FACTOR", errors.New("must be optional, admins or everyone"))
	}
}

func (p *parser) auditRetention() {
	days, err := strconv.Atoi(p.settings.AuditDays)
	p.parsed.AuditRetention = time.Duration(days) * 24 * time.Hour
	if err != nil || days > 36500 || p.parsed.AuditRetention < store.MinAuditRetention {
		p.wrong("AUDIT_RETENTION_DAYS", errors.New("must be a number of days from 90 to 36500"))
	}
}

// minDisabled is how long somebody who was disabled by mistake can come back.
const minDisabled = 30 // days

func (p *parser) disabledRetention() {
	days, err := strconv.Atoi(p.settings.DisabledDays)
	p.parsed.DisabledRetention = time.Duration(days) * 24 * time.Hour
	if err != nil || days != 0 && days < minDisabled || days > 36500 {
		p.wrong("RETENTION_DISABLED_DAYS", errors.New("must be 0, for never, or a number of days from 30 to 36500"))
	}
}

func (p *parser) log() {
	if p.settings.AuditLog != "off" && p.settings.AuditLog != "stdout" {
		p.wrong("AUDIT_LOG", errors.New("must be off or stdout"))
	}
	if new(slog.Level).UnmarshalText([]byte(p.settings.LogLevel)) != nil {
		p.wrong("LOG_LEVEL", errors.New("must be debug, info, warn or error"))
	}
	if p.settings.LogFormat != "text" && p.settings.LogFormat != "json" {
		p.wrong("LOG_FORMAT", errors.New("must be text or json"))
	}
}
