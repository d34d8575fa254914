package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/seal"
)

// ReadSecrets fills in the settings that are no flags: DATABASE_URL, SECRET_KEY and
// CARAMELO_SECRET_TOKEN, and those of the providers. Each may come from a file instead, whose name is in
// DATABASE_URL_FILE and so on. Parse reports what is wrong with them.
func (s *Settings) ReadSecrets() {
	s.secretErrors, s.secretFiles = map[string]error{}, map[string]string{}
	s.DatabaseURL = s.readSecret("DATABASE_URL")
	s.SecretToken = s.readSecret("CARAMELO_SECRET_TOKEN")
	s.SecretKey = s.readSecret("SECRET_KEY")
	s.TracingHeaders = s.readSecret(tracingHeaders)
	s.SMTPURL = s.readSecret(smtpURL)
	s.readProviders()
}

// readSecret reads name, or the file that name_FILE names.
func (s *Settings) readSecret(name string) caramelo.Secret {
	value, file := os.Getenv(name), os.Getenv(name+"_FILE")
	switch {
	case file == "":
	case value != "":
		s.secretErrors[name] = fmt.Errorf("%s and %s_FILE are both set: keep one of them", name, name)
	default:
		var err error
		if value, err = readSecretFile(name, file); err != nil {
			s.secretErrors[name] = err
		}
		s.secretFiles[name] = file
	}
	if err := fit(value); err != nil && s.secretErrors[name] == nil {
		s.secretErrors[name] = fmt.Errorf("%s %w", name, err)
	}
	return caramelo.NewSecret(value)
}

// readSecretFile reads the secret of that name from a file.
func readSecretFile(name, file string) (value string, err error) {
	content, err := os.ReadFile(file) // #nosec G304 G703 -- whoever starts the program names the file
	if err != nil {
		// The whole error repeats the file's name, which may be the secret itself, set in the
		// wrong variable.
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err
		}
		return "", fmt.Errorf("%s_FILE cannot be read: %w", name, err)
	}
	value = string(bytes.TrimRight(content, "\r\n"))
	if strings.TrimSpace(value) == "" {
		return value, fmt.Errorf("%s_FILE names an empty file: %s", name, file)
	}
	if err := fit(value); err != nil {
		return value, fmt.Errorf("%s_FILE %w", name, err)
	}
	return value, nil
}

// An unfitError says why a text that could be read is no secret as it is.
type unfitError string

func (e unfitError) Error() string { return string(e) }

// fit looks for what editors put into a file unasked, and what is copied along with a
// secret. It is sent as it is otherwise, and the other side only says that it is wrong.
func fit(secret string) error {
	secret = strings.Trim(secret, " \t\r\n") // what is around it is a warning
	switch {
	case strings.HasPrefix(secret, "\xff\xfe"), strings.HasPrefix(secret, "\xfe\xff"), !utf8.ValidString(secret):
		return unfitError("is not UTF-8, as PowerShell's > writes it: save it as UTF-8 without a byte order mark")
	case strings.HasPrefix(secret, "\ufeff"):
		return unfitError("begins with a byte order mark, as Notepad writes it: save it as UTF-8 without one")
	case strings.ContainsAny(secret, "\r\n"):
		return unfitError("has more than one line: keep the secret alone")
	}
	for _, r := range secret {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unfitError(fmt.Sprintf("has a character in it that cannot be seen (%U): take it away", r))
		}
	}
	return nil
}

// A SecretSetting is a setting that is no flag.
type SecretSetting struct {
	Name string // of its variable
	Text caramelo.Secret
	Help string
}

// Secrets returns what ReadSecrets has read.
func (s *Settings) Secrets() []SecretSetting {
	return append([]SecretSetting{
		{
			Name: "DATABASE_URL",
			Text: s.DatabaseURL,
			Help: "such as postgres://user:password@host/database", // #nosec G101 -- an example, and no secret
		},
		{
			Name: "CARAMELO_SECRET_TOKEN",
			Text: s.SecretToken,
			Help: "the project's authenticated_flow key, from Caramelo's dashboard",
		},
		{
			Name: "SECRET_KEY",
			Text: s.SecretKey,
			Help: "make one with openssl rand -hex 32",
		},
		{Name: tracingHeaders, Text: s.TracingHeaders, Help: tracingHeadersHelp},
		{Name: smtpURL, Text: s.SMTPURL, Help: smtpURLHelp},
	}, s.providerSecrets()...)
}

// Database returns DATABASE_URL, for commands that need no other setting.
func (s *Settings) Database() (caramelo.Secret, error) {
	s.ReadSecrets()
	if err := s.secretErrors["DATABASE_URL"]; err != nil {
		return s.DatabaseURL, err
	}
	if s.DatabaseURL.Blank() {
		return s.DatabaseURL, errNoDatabase
	}
	return s.DatabaseURL, nil
}

// Sealer has the SECRET_KEY of the environment, if there is one.
func Sealer() (seal.Sealer, error) {
	var s Settings
	s.ReadSecrets()
	if err := s.secretErrors["SECRET_KEY"]; err != nil || s.SecretKey.Blank() {
		return seal.Sealer{}, err
	}
	sealer, err := seal.New(s.SecretKey.Reveal())
	if err != nil {
		err = fmt.Errorf("SECRET_KEY %w", err)
	}
	return sealer, err
}

var errNoDatabase = errors.New("DATABASE_URL is missing: set it to something like " +
	"postgres://user:password@host/database, or DATABASE_URL_FILE to a file that holds it")
