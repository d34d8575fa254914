package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/caramelo"
)

// complete is what a production start needs.
func complete() Settings {
	var s Settings
	parser, err := kong.New(&s)
	if err == nil {
		_, err = parser.Parse(nil) // the defaults
	}
	if err != nil {
		panic(err)
	}
	s.PublicURL, s.DatabaseURL = "https://intranet.example.com", caramelo.NewSecret("postgres://localhost/x")
	s.ProjectID, s.SecretToken = "p_x", caramelo.NewSecret("sk_live_canary")
	return s
}

func TestTheDefaultsAreThosePromised(t *testing.T) {
	s := complete()
	p, err := s.Parse()
	if err != nil {
		t.Fatal(err)
	}
	origins := strings.Join(p.Policy.Origins, " ")
	if s.Addr != ":8080" || s.MetricsAddr != "" || s.APIURL != "https://api.carameloai.com" ||
		s.SDKURL != "https://static.carameloai.com/sdk/latest/authenticated.js" ||
		origins != "https://*.carameloai.com wss://*.carameloai.com" ||
		p.Timeout != 3*time.Second || p.Sandbox || p.AskFirst || !p.Assistant {
		t.Errorf("%+v, %v", s, p.Policy.Origins)
	}
}

// withProvider gives settings a provider that is complete, but for what change does to it.
func withProvider(s *Settings, change func(*ProviderSettings)) *Settings {
	of := ProviderSettings{Issuer: "https://provider.example.com", ClientID: "intranet", Domains: "example.com"}
	change(&of)
	s.SecretKey = caramelo.NewSecret("a key of at least thirty-two characters")
	s.Providers, s.Provider = []string{"x"}, map[string]ProviderSettings{"x": of}
	return s
}

// The settings of providers are read by the names that OIDC_PROVIDERS has, the secret of a file too.
func TestProvidersAreReadFromTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"SECRET_KEY": "a key of at least thirty-two characters", "OIDC_ENTRA_ISSUER": "https://a.example.com/v2.0",
		"OIDC_ENTRA_CLIENT_ID": "c1", "OIDC_ENTRA_CLIENT_SECRET_FILE": file, "OIDC_ENTRA_NAME": "Microsoft",
		"OIDC_ENTRA_DOMAINS": "Example.com, example.org", "OIDC_ENTRA_VERIFIED_CLAIM": "xms_edov",
		"OIDC_ENTRA_JOIN": "true", "OIDC_OKTA_ISSUER": "https://b.example.com", "OIDC_OKTA_CLIENT_ID": "c2",
		"OIDC_OKTA_CLIENT_SECRET": "other", "OIDC_OKTA_DOMAINS": "example.net", "OIDC_OKTA_SECOND_FACTOR": "always",
		"OIDC_OKTA_ROLES": "admin=Intranet admins, editor=E", "OIDC_OKTA_DEPARTMENTS": "finance=F",
	} {
		t.Setenv(name, value)
	}
	s := complete()
	s.Providers = []string{"entra", "okta"}
	database, token := s.DatabaseURL, s.SecretToken
	s.ReadSecrets()
	s.DatabaseURL, s.SecretToken = database, token
	p, err := s.Parse()
	if err != nil || len(p.Providers) != 2 {
		t.Fatalf("%v, %+v", err, p.Providers)
	}
	entra, okta := p.Providers[0], p.Providers[1]
	if entra.Name != "Microsoft" || entra.Secret.Reveal() != "s3cret" || !entra.Join || entra.Verified != "xms_edov" ||
		strings.Join(entra.Domains, " ") != "example.com example.org" || strings.Join(entra.Factors, " ") != "mfa" ||
		len(okta.Roles) != 2 || okta.Roles[0].Group != "Intranet admins" || okta.Departments[0].Is != "finance" ||
		okta.Name != "Okta" || okta.Secret.Reveal() != "other" || okta.Join || okta.Factors[0] != "always" {
		t.Errorf("%+v", p.Providers)
	}
	said := s.summary()
	if strings.Contains(said, "s3cret") || !strings.Contains(said, "OIDC_OKTA_ISSUER=https://b.example.com") {
		t.Errorf("recorded: %s", said)
	}
	s.Provider["okta"] = ProviderSettings{Issuer: "https://a.example.com/v2.0", ClientID: "c", Domains: "x.example"}
	if _, err := s.Parse(); err == nil || !strings.Contains(err.Error(), "OIDC_OKTA_ISSUER is that of another") {
		t.Errorf("two with one issuer: %v", err)
	}
}

func TestEveryWrongSettingIsNamed(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"PUBLIC_URL is missing":            func(s *Settings) { s.PublicURL = "" },
		"PUBLIC_URL must be":               func(s *Settings) { s.PublicURL = "intranet.example.com" },
		"PUBLIC_URL must have":             func(s *Settings) { s.PublicURL = "https://intranet.example.com/sub" },
		"DATABASE_URL is missing":          func(s *Settings) { s.DatabaseURL = caramelo.Secret{} },
		"CARAMELO_PROJECT_ID is missing":   func(s *Settings) { s.ProjectID = "" },
		"CARAMELO_SECRET_TOKEN is missing": func(s *Settings) { s.SecretToken = caramelo.NewSecret(" ") },
		"CARAMELO_API_URL must be https":   func(s *Settings) { s.APIURL = "http://api.example.com" },
		"CARAMELO_SDK_URL must be https":   func(s *Settings) { s.SDKURL = "http://static.example.com/x.js" },
		"CARAMELO_TIMEOUT":                 func(s *Settings) { s.Timeout = "1m" },
		"CARAMELO_ORIGINS": func(s *Settings) {
			s.Origins = []string{"https://x.example;script-src *"}
		},
		"CARAMELO_SANDBOX is refused": func(s *Settings) { s.Sandbox = "true" },
		"TRUSTED_PROXIES":             func(s *Settings) { s.TrustedProxies = []string{"10.0.0.0/99"} },
		"CARAMELO_SANDBOX must be":    func(s *Settings) { s.Sandbox = "maybe" },
		"CARAMELO_TIMEOUT must be":    func(s *Settings) { s.Timeout = "abc" },
		"CARAMELO_PROJECT_ID must be": func(s *Settings) { s.ProjectID = ".." },
		"DATABASE_URL is not": func(s *Settings) {
			s.DatabaseURL = caramelo.NewSecret("postgres://u:canary@[::1")
		},
		"METRICS_ADDR must be":     func(s *Settings) { s.MetricsAddr = "here" },
		"CARAMELO_ORIGINS has":     func(s *Settings) { s.Origins = []string{"http://plain.example"} },
		"CARAMELO_SDK_URL has":     func(s *Settings) { s.SDKURL = "https://a;script-src'unsafe-inline'/x.js" },
		"CARAMELO_POLICY_DENY has": func(s *Settings) { s.PolicyDeny = []string{"font", "script"} },
		"CARAMELO_POLICY_ALLOW has": func(s *Settings) {
			s.PolicyAllow = []string{"font=https://a.example", "font=http://plain.example"}
		},
		"number 2 is a WebSocket": func(s *Settings) {
			s.PolicyAllow = []string{"connect=wss://a.example", "image=wss://a.example"}
		},
		"CARAMELO_OPEN must be":        func(s *Settings) { s.Open = "event:" },
		"number 1 does not begin":      func(s *Settings) { s.PolicyAllow = []string{"eval=https://a.example"} },
		"CARAMELO_ASK_FIRST must be":   func(s *Settings) { s.AskFirst = "perhaps" },
		"CARAMELO_PRIVACY_URL must be": func(s *Settings) { s.VendorPrivacy = "http://plain.example/canary" },
		"PRIVACY_URL must be":          func(s *Settings) { s.CompanyPrivacy = "javascript://canary.example/%0ax()" },
		"PRIVACY_URL must have":        func(s *Settings) { s.CompanyPrivacy = "https://canary@x.example" },
		"PRIVACY_URL is not":           func(s *Settings) { s.CompanyPrivacy = "https://x.example:canary/" },
		"PASSWORD_SIGN_IN must be":     func(s *Settings) { s.Passwords = "nobody" },
		"PASSWORD_SIGN_IN must be everyone where": func(s *Settings) {
			s.Passwords = "admins"
		},
		"OIDC_PROVIDERS must be": func(s *Settings) {
			s.Providers = []string{"Canary!"}
		},
		"OIDC_PROVIDERS needs a SECRET_KEY": func(s *Settings) {
			withProvider(s, func(*ProviderSettings) {}).SecretKey = caramelo.Secret{}
		},
		"OIDC_X_ISSUER is missing": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Issuer = "" })
		},
		"OIDC_X_ISSUER must be https": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Issuer = "http://canary.example" })
		},
		"OIDC_X_CLIENT_ID is missing": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.ClientID = "" })
		},
		"OIDC_X_DOMAINS is missing": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Domains = "" })
		},
		"OIDC_X_DOMAINS must be": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Domains = "example.com @canary" })
		},
		"OIDC_X_ROLES must be": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Roles = "admin=A,boss=canary" })
		},
		"OIDC_X_DEPARTMENTS must be": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Departments = "canary" })
		},
		"OIDC_X_JOIN must be": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Join = "canary" })
		},
		"OIDC_X_VERIFIED_CLAIM must be": func(s *Settings) {
			withProvider(s, func(p *ProviderSettings) { p.Verified = "a canary" })
		},
		"SECOND_FACTOR must be":           func(s *Settings) { s.SecondFactor = "everybody" },
		"AUDIT_LOG must be":               func(s *Settings) { s.AuditLog = "/var/log/audit" },
		"AUDIT_RETENTION_DAYS must be":    func(s *Settings) { s.AuditDays = "89" },
		"SECRET_KEY must have":            func(s *Settings) { s.SecretKey = caramelo.NewSecret("a short canary") },
		"LOG_LEVEL":                       func(s *Settings) { s.LogLevel = "loud" },
		"LOG_FORMAT":                      func(s *Settings) { s.LogFormat = "xml" },
		"RETENTION_DISABLED_DAYS must":    func(s *Settings) { s.DisabledDays = "29" },
		"RETENTION_DISABLED_DAYS must be": func(s *Settings) { s.DisabledDays = "-1" },
	} {
		s := complete()
		change(&s)
		_, err := s.Parse()
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var none Settings
	_, err := none.Parse()
	for _, name := range []string{"PUBLIC_URL", "DATABASE_URL", "CARAMELO_SDK_URL", "CARAMELO_TIMEOUT", "LOG_FORMAT"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the one message does not name %s: %v", name, err)
		}
	}
}

// People are led there, so it may be any page.
func TestAPageOnPrivacyMayHaveAQueryAndAnAnchor(t *testing.T) {
	for _, address := range []string{"", "https://x.example/a?lang=pt#privacy", "http://127.0.0.1:8080/policies/data"} {
		s := complete()
		s.VendorPrivacy, s.CompanyPrivacy = address, address
		if _, err := s.Parse(); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTheWayToOpenTheChatIsAnEventOrAFunction(t *testing.T) {
	for value, ok := range map[string]bool{
		"": true, "event:caramelo:open": true, "event:chat.open": true, "event:open-chat": true,
		"function:openChat": true, "function:Caramelo.chat.open": true, "function:$c._open": true,
		"caramelo:open": false, "event:": false, "event:a b": false, "event:1": false, "event:a\n": false,
		"function:": false, "function:1": false, "function:a..b": false, "function:a()": false, "function:a[0]": false,
		"Event:a":        false,
		"function:a.b;c": false, "event:a,function:b": false, " event:a": false,
	} {
		s := complete()
		s.Open = value
		if _, err := s.Parse(); (err == nil) != ok {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestOriginsCannotEndADirective(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://a.example": true, "wss://*.a.example": true, "https://a.example:8443": true,
		"wss://a.example:1": true, "http://127.0.0.1:8081": true, "ws://127.0.0.1:1": true,
		"a.example": false, "*": false, "https://*": false, "https://a.*.example": false, "data:": false,
		"https://a.example/path": false, "https://a.example?x": false, "https://u@a.example": false,
		"https://a'b": false, "https://a.example;x": false, "ws://plain.example": false,
	} {
		if err := checkOrigin(origin, false); (err == nil) != ok {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

func TestThePublicURLIsReadAsBrowsersWriteIt(t *testing.T) {
	for raw, want := range map[string]string{
		"https://Intranet.Example.com:443/": "https://intranet.example.com",
		"http://x:80":                       "http://x",
		"http://x:8080":                     "http://x:8080",
		"https://[::1]:443":                 "https://[::1]",
	} {
		if u, err := ParsePublicURL(raw); err != nil || u.String() != want {
			t.Errorf("%s became %s, %v", raw, u, err)
		}
	}
}

func TestAnEmptyVariableIsNoSetting(t *testing.T) {
	t.Setenv("CARAMELO_TIMEOUT", "")
	t.Setenv("ADDR", "127.0.0.1:1")
	UnsetEmpty()
	if _, set := os.LookupEnv("CARAMELO_TIMEOUT"); set || os.Getenv("ADDR") == "" {
		t.Error("the empty one stays, or one with a value goes")
	}
}

func TestSecretsComeFromTheEnvironmentOrAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("sk_from_file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", "postgres://x")
	t.Setenv("CARAMELO_SECRET_TOKEN_FILE", file)
	var s Settings
	s.ReadSecrets()
	token, database := s.SecretToken.Reveal(), s.DatabaseURL.Reveal()
	if len(s.secretErrors) != 0 || token != "sk_from_file" || database != "postgres://x" {
		t.Errorf("%v", s.secretErrors)
	}
	t.Setenv("CARAMELO_SECRET_TOKEN", "sk_other_canary")
	s.ReadSecrets()
	_, err := s.Parse()
	// It stands with all the others.
	for _, name := range []string{"CARAMELO_SECRET_TOKEN_FILE are both set", "PUBLIC_URL", "CARAMELO_TIMEOUT"} {
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
			t.Errorf("both set: %v", err)
		}
	}
	t.Setenv("CARAMELO_SECRET_TOKEN", "")
	t.Setenv("CARAMELO_SECRET_TOKEN_FILE", "sk_canary") // the secret, where a file's name should be
	s = Settings{}
	s.ReadSecrets()
	if err := s.secretErrors["CARAMELO_SECRET_TOKEN"]; err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a file that is not there is no error, or is named: %v", err)
	}
	for content, want := range map[string]string{
		"\ufeffsk_canary":              "byte order mark",
		"\ufeffsk_canary\r\n":          "byte order mark",
		"\xff\xfes\x00k\x00":           "UTF-8",
		"sk_\xe7anary":                 "UTF-8",
		"sk_canary\nsk_old_canary\n":   "more than one line",
		"sk_canary\r\n# of production": "more than one line",
		"sk_\u200bcanary":              "U+200B",
		"sk_canary\x00":                "U+0000",
		" sk_canary \r\n\n":            "",
		"sk_cañary":                    "",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"CARAMELO_SECRET_TOKEN", "DATABASE_URL", "SECRET_KEY"} {
			t.Setenv(name, "")
			t.Setenv(name+"_FILE", file)
		}
		s = Settings{}
		s.ReadSecrets()
		for _, name := range []string{"CARAMELO_SECRET_TOKEN", "DATABASE_URL", "SECRET_KEY"} {
			err := s.secretErrors[name]
			named := err != nil && strings.Contains(err.Error(), name+"_FILE") && strings.Contains(err.Error(), want)
			leaks := err != nil && strings.Contains(err.Error(), "canary")
			if (want == "") != (err == nil) || want != "" && !named || leaks {
				t.Errorf("%s from %q: %v", name, content, err)
			}
		}
	}
	t.Setenv("SECRET_KEY_FILE", "")
	t.Setenv("SECRET_KEY", "one line\nand another")
	if s.ReadSecrets(); s.secretErrors["SECRET_KEY"] == nil {
		t.Error("two lines in a variable")
	}
	var parser Settings
	if k, err := kong.New(&parser); err != nil {
		t.Fatal(err)
	} else if _, err := k.Parse([]string{"--secret-token=x"}); err == nil {
		t.Error("the secret is a flag")
	}
}
