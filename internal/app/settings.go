package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Settings configure an intranet: by environment, and but for the secrets as
// flags too (a flag would show a secret in the process list). The tags are
// alecthomas/kong's. All are texts until they are checked together, so that one
// message can name every one that is wrong.
type Settings struct {
	Addr           string   `env:"ADDR" default:":8080" placeholder:"HOST:PORT" help:"Where to listen."`
	PublicURL      string   `env:"PUBLIC_URL" placeholder:"URL" help:"How browsers reach the intranet, such as https://intranet.example.com. Required. https turns on Secure cookies and HSTS."`
	ProjectID      string   `env:"CARAMELO_PROJECT_ID" name:"caramelo-project-id" placeholder:"ID" help:"The project at Caramelo. Without credentials the pages have no assistant."`
	APIURL         string   `env:"CARAMELO_API_URL" name:"caramelo-api-url" default:"https://api.carameloai.com" placeholder:"URL" help:"Caramelo's API."`
	SDKURL         string   `env:"CARAMELO_SDK_URL" name:"caramelo-sdk-url" default:"https://static.carameloai.com/sdk/latest/authenticated.js" placeholder:"URL" help:"Caramelo's script for authenticated pages."`
	Timeout        string   `env:"CARAMELO_TIMEOUT" name:"caramelo-timeout" default:"3s" help:"One page's whole budget for the call to Caramelo, 100ms to 8s."`
	Origins        []string `env:"CARAMELO_ORIGINS" name:"caramelo-origins" sep:"," default:"https://*.carameloai.com,wss://*.carameloai.com" placeholder:"ORIGIN" help:"Origins that the script may reach beside its own, separated by commas or spaces."`
	Sandbox        string   `env:"CARAMELO_SANDBOX" name:"caramelo-sandbox" default:"false" placeholder:"true|false" help:"Talk to a sandbox: allows plain http to it, and every page says so. Refused with an https public URL."`
	MetricsAddr    string   `env:"METRICS_ADDR" placeholder:"HOST:PORT" help:"Where to serve Prometheus metrics; off by default. Not for the public."`
	TrustedProxies []string `env:"TRUSTED_PROXIES" sep:"," placeholder:"CIDR" help:"Addresses of proxies whose X-Forwarded-For is believed."`
	SecondFactor   string   `env:"SECOND_FACTOR" default:"optional" placeholder:"WHO" help:"Who must have a second factor: optional, admins or everyone."`
	AuditDays      string   `env:"AUDIT_RETENTION_DAYS" default:"365" placeholder:"DAYS" help:"How long the audit trail is kept, 90 days or more."`
	LogLevel       string   `env:"LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat      string   `env:"LOG_FORMAT" default:"text" placeholder:"FORMAT" help:"text or json."`

	// The secrets: by environment alone, see ReadSecrets.
	DatabaseURL  caramelo.Secret  `kong:"-"`
	SecretToken  caramelo.Secret  `kong:"-"`
	SecretKey    caramelo.Secret  `kong:"-"`
	secretErrors map[string]error // what was wrong with them, by name; part of the one message
}

// UnsetEmpty removes settings that are in the environment with no value, so that
// their defaults count: docker compose passes on like that what nobody has set.
// It must come before the command line is parsed.
func UnsetEmpty() {
	for _, name := range []string{"ADDR", "PUBLIC_URL", "CARAMELO_PROJECT_ID", "CARAMELO_API_URL", "CARAMELO_SDK_URL", "CARAMELO_TIMEOUT",
		"CARAMELO_ORIGINS", "CARAMELO_SANDBOX", "METRICS_ADDR", "TRUSTED_PROXIES", "SECOND_FACTOR", "AUDIT_RETENTION_DAYS", "LOG_LEVEL", "LOG_FORMAT"} {
		if value, set := os.LookupEnv(name); set && value == "" {
			_ = os.Unsetenv(name) // fails for a name with "=" in it only
		}
	}
}

// parsed is Settings after they were checked.
type parsed struct {
	publicURL, sdkURL *url.URL
	origins           []string
	proxies           []netip.Prefix
	timeout           time.Duration
	sandbox           bool
	chat              bool // there are credentials
	database          *pgxpool.Config
	auditRetention    time.Duration
	seal              seal.Sealer // without a key where there is no SECRET_KEY
}

// parse checks the settings and names every one that is missing or wrong.
func (s *Settings) parse() (p parsed, err error) {
	var problems []error
	wrong := func(name, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s %s", name, fmt.Sprintf(format, args...)))
	}
	if err := s.secretErrors["DATABASE_URL"]; err != nil {
		problems = append(problems, err)
	} else if s.DatabaseURL.Blank() {
		problems = append(problems, errNoDatabase)
	} else if p.database, err = parseDatabaseURL(s.DatabaseURL); err != nil {
		problems = append(problems, err)
	}
	if p.sandbox, err = strconv.ParseBool(s.Sandbox); err != nil {
		wrong("CARAMELO_SANDBOX", "must be true or false")
	}
	if p.timeout, err = time.ParseDuration(s.Timeout); err != nil || p.timeout < 100*time.Millisecond || p.timeout > 8*time.Second {
		wrong("CARAMELO_TIMEOUT", "must be a time between 100ms and 8s, such as 3s")
	}
	if p.publicURL, err = parsePublicURL(s.PublicURL); err != nil {
		wrong("PUBLIC_URL", "%v", err)
	} else if p.sandbox && p.publicURL.Scheme == "https" {
		wrong("CARAMELO_SANDBOX", "is refused where PUBLIC_URL is https: a sandbox is not for production")
	}
	for _, address := range []struct{ name, value string }{{"ADDR", s.Addr}, {"METRICS_ADDR", s.MetricsAddr}} {
		if _, err := net.ResolveTCPAddr("tcp", address.value); err != nil && address.value != "" {
			wrong(address.name, "must be a host and a port, such as 127.0.0.1:8080 or :8080")
		}
	}

	for _, name := range []string{"CARAMELO_SECRET_TOKEN", "SECRET_KEY"} {
		if err := s.secretErrors[name]; err != nil {
			problems = append(problems, err)
		}
	}
	if !s.SecretKey.Blank() {
		if p.seal, err = seal.New(s.SecretKey.Reveal()); err != nil {
			wrong("SECRET_KEY", "%v: make one with openssl rand -hex 32", err)
		}
	}
	p.chat = s.ProjectID != "" || !s.SecretToken.Blank()
	if p.chat {
		if s.ProjectID == "" {
			wrong("CARAMELO_PROJECT_ID", "is missing, while there is a secret token: set both, or neither for pages without the assistant")
		}
		if s.SecretToken.Blank() && s.secretErrors["CARAMELO_SECRET_TOKEN"] == nil {
			wrong("CARAMELO_SECRET_TOKEN", "is missing, while there is a project id: set it, or CARAMELO_SECRET_TOKEN_FILE")
		}
		if err := caramelo.CheckProjectID(s.ProjectID); err != nil && s.ProjectID != "" {
			wrong("CARAMELO_PROJECT_ID", "%v", err)
		}
		if err := caramelo.CheckURL(s.APIURL, p.sandbox); err != nil {
			wrong("CARAMELO_API_URL", "%v", err)
		}
	}
	if err := caramelo.CheckURL(s.SDKURL, p.sandbox); err != nil {
		wrong("CARAMELO_SDK_URL", "%v", err)
	} else {
		p.sdkURL, _ = url.Parse(s.SDKURL)
	}
	// No value is repeated: a wrong one may be a secret that went to the wrong
	// place, or have one in it, and this goes to a log.
	for i, origin := range fields(s.Origins) {
		if err := checkOrigin(origin, p.sandbox); err != nil {
			wrong("CARAMELO_ORIGINS", "has something else than origins such as https://*.example.com or wss://example.com: number %d %v", i+1, err)
			continue
		}
		p.origins = append(p.origins, origin)
	}
	for i, proxy := range fields(s.TrustedProxies) {
		prefix, err := parsePrefix(proxy)
		if err != nil {
			wrong("TRUSTED_PROXIES", "must be addresses or networks such as 10.0.0.0/8: number %d is neither", i+1)
			continue
		}
		p.proxies = append(p.proxies, prefix)
	}
	if !slices.Contains([]string{web.SecondFactorOptional, web.SecondFactorAdmins, web.SecondFactorEveryone}, s.SecondFactor) {
		wrong("SECOND_FACTOR", "must be optional, admins or everyone")
	}
	days, err := strconv.Atoi(s.AuditDays)
	if p.auditRetention = time.Duration(days) * 24 * time.Hour; err != nil || days > 36500 || p.auditRetention < store.MinAuditRetention {
		wrong("AUDIT_RETENTION_DAYS", "must be a number of days from 90 to 36500")
	}
	if new(slog.Level).UnmarshalText([]byte(s.LogLevel)) != nil {
		wrong("LOG_LEVEL", "must be debug, info, warn or error")
	}
	if s.LogFormat != "text" && s.LogFormat != "json" {
		wrong("LOG_FORMAT", "must be text or json")
	}
	if len(problems) > 0 {
		return p, &SettingsError{problems}
	}
	return p, nil
}

// warning is about a setting that is allowed and yet not right for production.
type warning struct{ name, seen, mend string }

// warnings are about what parse left in p.
func (s *Settings) warnings(p parsed) (all []warning) {
	if !p.chat {
		all = append(all, warning{"CARAMELO_PROJECT_ID", "no Caramelo credentials: pages have no assistant", "set CARAMELO_PROJECT_ID and CARAMELO_SECRET_TOKEN"})
	}
	for _, secret := range []struct {
		name string
		text caramelo.Secret
	}{{"DATABASE_URL", s.DatabaseURL}, {"CARAMELO_SECRET_TOKEN", s.SecretToken}, {"SECRET_KEY", s.SecretKey}} {
		if text := secret.text.Reveal(); strings.Trim(text, " \t\r\n\"'") != text {
			all = append(all, warning{secret.name, secret.name + " begins or ends with a quote or a blank", "take it away, unless it belongs there"})
		}
	}
	if s.SecretKey.Blank() {
		all = append(all, warning{"SECRET_KEY", "no SECRET_KEY: the keys of second factors are stored as they are", "make one with openssl rand -hex 32, and keep it: without it they are lost"})
	}
	if p.publicURL != nil && p.publicURL.Scheme == "http" && !Loopback(p.publicURL.Hostname()) {
		all = append(all, warning{"PUBLIC_URL", "PUBLIC_URL is plain http: whoever is on the way reads passwords and pages", "use https"})
	}
	if p.publicURL != nil && p.publicURL.Scheme == "https" && p.database != nil && !p.databaseVerified() {
		all = append(all, warning{"DATABASE_URL", "DATABASE_URL does not verify the server: whoever is on the way may read along", "use sslmode=verify-full"})
	}
	return all
}

// summary lists the settings that are no secrets, for the audit trail.
func (s *Settings) summary() string {
	return fmt.Sprintf("PUBLIC_URL=%s CARAMELO_PROJECT_ID=%s CARAMELO_API_URL=%s CARAMELO_SDK_URL=%s CARAMELO_ORIGINS=%s CARAMELO_SANDBOX=%s TRUSTED_PROXIES=%s SECOND_FACTOR=%s AUDIT_RETENTION_DAYS=%s",
		s.PublicURL, s.ProjectID, s.APIURL, s.SDKURL, strings.Join(s.Origins, ","), s.Sandbox, strings.Join(s.TrustedProxies, ","), s.SecondFactor, s.AuditDays)
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

// databaseVerified reports whether every way to the database is either on this
// machine or over TLS with the server's name checked.
func (p parsed) databaseVerified() bool {
	verified := func(host string, tls *tls.Config) bool {
		return strings.HasPrefix(host, "/") || Loopback(host) || tls != nil && !tls.InsecureSkipVerify
	}
	c := p.database.ConnConfig
	return verified(c.Host, c.TLSConfig) && !slices.ContainsFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool { return !verified(f.Host, f.TLSConfig) })
}

// SettingsError names every setting that is missing or wrong.
type SettingsError struct{ Problems []error }

func (e *SettingsError) Error() string {
	text := "the settings are not complete:"
	for _, problem := range e.Problems {
		text += "\n  " + problem.Error()
	}
	return text
}

// fields splits each value at spaces and commas too: a header's habits and a
// shell's both work.
func fields(values []string) []string {
	return strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ' ' || r == ',' })
}

// checkOrigin reports whether origin may stand in a Content-Security-Policy: a
// Caramelo address as any other, perhaps a WebSocket's or with a wildcard in
// front, and nothing behind its host.
func checkOrigin(origin string, allowHTTP bool) error {
	address := strings.Replace(origin, "://*.", "://", 1)
	if rest, ok := strings.CutPrefix(address, "ws"); ok {
		address = "http" + rest
	}
	if err := caramelo.CheckURL(address, allowHTTP); err != nil {
		return err
	}
	if u, err := url.Parse(address); err != nil || u.Path != "" {
		return errors.New("must have no path")
	}
	return nil
}

// parsePublicURL reads PUBLIC_URL as browsers write an origin: lower case, no
// default port.
func parsePublicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, errors.New("is missing: set it to the address that people will open, such as https://intranet.example.com")
	case err != nil, u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("must be an absolute http or https address")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, errors.New("must have no path, query, fragment or user: the intranet lives at the root of its host")
	}
	u.Host, u.Path = strings.ToLower(u.Host), ""
	if u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u, nil
}

// parseDatabaseURL reads DATABASE_URL, and adds the connect timeout that pgx
// leaves out.
func parseDatabaseURL(secret caramelo.Secret) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(secret.Reveal())
	if err != nil {
		// The parser's own error shows parts of the address.
		return nil, errors.New("DATABASE_URL is not a Postgres address: set it to something like postgres://user:password@host/database")
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 3 * time.Second
	}
	return config, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}
