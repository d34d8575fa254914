package app

import (
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"

	"github.com/carameloai/intranet/internal/caramelo"
)

// Settings configure an intranet. They come from the environment. Those that are not secret
// come from flags, too; a secret in a flag would be visible in the list of processes. The
// tags are those of alecthomas/kong. All settings are texts until Parse checks them
// together, so that one message can name every wrong one.
type Settings struct {
	Addr           string   `env:"ADDR" default:":8080" placeholder:"HOST:PORT" help:"Where to listen."`
	PublicURL      string   `env:"PUBLIC_URL" placeholder:"URL" help:"How browsers reach the intranet, such as https://intranet.example.com. Required. https turns on Secure cookies and HSTS."`
	ProjectID      string   `env:"CARAMELO_PROJECT_ID" name:"caramelo-project-id" placeholder:"ID" help:"The project at Caramelo. Without credentials the pages have no assistant."`
	APIURL         string   `env:"CARAMELO_API_URL" name:"caramelo-api-url" default:"https://api.carameloai.com" placeholder:"URL" help:"Caramelo's API."`
	SDKURL         string   `env:"CARAMELO_SDK_URL" name:"caramelo-sdk-url" default:"https://static.carameloai.com/sdk/latest/authenticated.js" placeholder:"URL" help:"Caramelo's script for authenticated pages."`
	Timeout        string   `env:"CARAMELO_TIMEOUT" name:"caramelo-timeout" default:"3s" help:"One page's whole budget for the call to Caramelo, 100ms to 8s."`
	Origins        []string `env:"CARAMELO_ORIGINS" name:"caramelo-origins" sep:"," default:"https://*.carameloai.com,wss://*.carameloai.com" placeholder:"ORIGIN" help:"Origins that the script may reach beside its own, separated by commas or spaces."`
	PolicyDeny     []string `env:"CARAMELO_POLICY_DENY" name:"caramelo-policy-deny" sep:"," placeholder:"KIND" help:"What the script must do without, of style, image, font, media, frame and worker, separated by commas."`
	PolicyAllow    []string `env:"CARAMELO_POLICY_ALLOW" name:"caramelo-policy-allow" sep:"," placeholder:"KIND=ORIGIN" help:"What the script may load besides, such as font=https://fonts.example.com, separated by commas. Kinds: those of CARAMELO_POLICY_DENY, script and connect."`
	AskFirst       string   `env:"CARAMELO_ASK_FIRST" name:"caramelo-ask-first" default:"false" placeholder:"true|false" help:"Ask each person before anything of theirs goes to Caramelo, and before its script runs on their pages."`
	VendorPrivacy  string   `env:"CARAMELO_PRIVACY_URL" name:"caramelo-privacy-url" placeholder:"URL" help:"Caramelo's words on privacy, which the question of CARAMELO_ASK_FIRST links to."`
	CompanyPrivacy string   `env:"PRIVACY_URL" name:"privacy-url" placeholder:"URL" help:"Your own words on privacy, which the same question links to."`
	Open           string   `env:"CARAMELO_OPEN" name:"caramelo-open" placeholder:"HOW" help:"How the script opens its chat with a question: event:NAME or function:path.of.window. Without it questions are copied."`
	Sandbox        string   `env:"CARAMELO_SANDBOX" name:"caramelo-sandbox" default:"false" placeholder:"true|false" help:"Talk to a sandbox: allows plain http to it, and every page says so. Refused with an https public URL."`
	MetricsAddr    string   `env:"METRICS_ADDR" placeholder:"HOST:PORT" help:"Where to serve Prometheus metrics; off by default. Not for the public."`
	Tracing        string   `env:"OTEL_EXPORTER_OTLP_ENDPOINT" name:"otel-exporter-otlp-endpoint" placeholder:"URL" help:"Where to send traces by OTLP over HTTP, such as http://collector:4318; off by default."`
	TracingPath    string   `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" name:"otel-exporter-otlp-traces-endpoint" placeholder:"URL" help:"The same with its whole path, where that is not /v1/traces."`
	TrustedProxies []string `env:"TRUSTED_PROXIES" sep:"," placeholder:"CIDR" help:"Addresses of proxies whose X-Forwarded-For or Forwarded, X-Request-Id and traceparent are believed."`
	SecondFactor   string   `env:"SECOND_FACTOR" default:"optional" placeholder:"WHO" help:"Who must have a second factor: optional, admins or everyone."`
	Providers      []string `env:"OIDC_PROVIDERS" name:"oidc-providers" sep:"," placeholder:"ID" help:"OpenID Connect providers that people sign in with, separated by commas; each has settings of its own: OIDC_ID_ISSUER and so on."`
	Passwords      string   `env:"PASSWORD_SIGN_IN" name:"password-sign-in" default:"everyone" placeholder:"WHO" help:"Who may sign in with a password: everyone, or admins, for the day on which no provider answers."`
	MailFrom       string   `env:"MAIL_FROM" placeholder:"ADDRESS" help:"Whom mail of the intranet comes from, such as intranet@example.com. Needed with SMTP_URL."`
	MailReplyTo    string   `env:"MAIL_REPLY_TO" placeholder:"ADDRESS" help:"Where answers to it go, where that is another address."`
	AuditDays      string   `env:"AUDIT_RETENTION_DAYS" default:"365" placeholder:"DAYS" help:"How long the audit trail is kept, 90 days or more."`
	DisabledDays   string   `env:"RETENTION_DISABLED_DAYS" default:"0" placeholder:"DAYS" help:"After how many days disabled people are deleted for good: 30 or more; 0 is never."`
	AuditLog       string   `env:"AUDIT_LOG" default:"off" placeholder:"off|stdout" help:"Where entries of the audit trail go besides, as lines of JSON."`
	LogLevel       string   `env:"LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat      string   `env:"LOG_FORMAT" default:"text" placeholder:"FORMAT" help:"text or json."`

	// The secrets come only from the environment: see ReadSecrets.
	DatabaseURL    caramelo.Secret             `kong:"-"`
	Provider       map[string]ProviderSettings `kong:"-"` // by id
	SecretToken    caramelo.Secret             `kong:"-"`
	SecretKey      caramelo.Secret             `kong:"-"`
	TracingHeaders caramelo.Secret             `kong:"-"`
	SMTPURL        caramelo.Secret             `kong:"-"`
	secretErrors   map[string]error            // why one could not be read, by its name
	secretFiles    map[string]string           // the file that it came from, by its name
}

// Setting is a setting that is not secret, as a text.
type Setting struct {
	Name  string // of its variable
	Value string // "" where it is not set
	Help  string
}

// List returns the settings that are no secrets.
func (s *Settings) List() (all []Setting) {
	fields := reflect.ValueOf(s).Elem()
	for i := range fields.NumField() {
		tag := fields.Type().Field(i).Tag
		if name := tag.Get("env"); name != "" {
			all = append(all, Setting{
				Name:  name,
				Value: text(fields.Field(i).Interface()),
				Help:  tag.Get("help"),
			})
		}
	}
	return all
}

// text is the value of a setting as it can be written in the environment.
func text(value any) string {
	if list, ok := value.([]string); ok {
		return strings.Join(list, " ")
	}
	return fmt.Sprint(value)
}

// UnsetEmpty removes empty settings from the environment, so that their defaults are used:
// docker compose sets every setting that nobody has set to an empty text. Call it before
// the command line is parsed.
func UnsetEmpty() {
	for _, setting := range new(Settings).List() {
		if value, set := os.LookupEnv(setting.Name); set && value == "" {
			_ = os.Unsetenv(setting.Name) // fails for a name with "=" in it only
		}
	}
}

// summary lists the settings that are no secrets, for the audit trail.
func (s *Settings) summary() string {
	return strings.Join([]string{
		"PUBLIC_URL=" + s.PublicURL,
		"CARAMELO_PROJECT_ID=" + s.ProjectID,
		"CARAMELO_API_URL=" + s.APIURL,
		"CARAMELO_SDK_URL=" + s.SDKURL,
		"CARAMELO_ORIGINS=" + strings.Join(s.Origins, ","),
		"CARAMELO_POLICY_DENY=" + strings.Join(s.PolicyDeny, ","),
		"CARAMELO_POLICY_ALLOW=" + strings.Join(s.PolicyAllow, ","),
		"CARAMELO_ASK_FIRST=" + s.AskFirst,
		"CARAMELO_PRIVACY_URL=" + s.VendorPrivacy,
		"PRIVACY_URL=" + s.CompanyPrivacy,
		"CARAMELO_OPEN=" + s.Open,
		"CARAMELO_SANDBOX=" + s.Sandbox,
		"TRUSTED_PROXIES=" + strings.Join(s.TrustedProxies, ","),
		"SECOND_FACTOR=" + s.SecondFactor,
		s.providerSummary(),
		"MAIL_FROM=" + s.MailFrom,
		"MAIL_REPLY_TO=" + s.MailReplyTo,
		"AUDIT_RETENTION_DAYS=" + s.AuditDays,
		"RETENTION_DISABLED_DAYS=" + s.DisabledDays,
		"AUDIT_LOG=" + s.AuditLog,
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.Tracing + s.TracingPath,
	}, " ")
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}
