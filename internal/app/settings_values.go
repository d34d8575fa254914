package app

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
)

// fields splits each value at spaces and commas: a header has the first, a list on
// the command line the second.
func fields(values []string) []string {
	return strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ' ' || r == ',' })
}

// checkOrigin checks an origin for the Content-Security-Policy. It follows the rules of
// Caramelo's other addresses, may be a WebSocket's or begin with a wildcard, and has no
// path.
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

// checkPage checks the address of a page that people are led to.
func checkPage(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("is not an address")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return errors.New("must be an absolute https address such as https://example.com/privacy")
	case u.User != nil:
		return errors.New("must have no user")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return errors.New("must be https: who reads it must know whose words they are")
	}
	return nil
}

// ParsePublicURL reads PUBLIC_URL as browsers write an origin: lower case, no
// default port.
func ParsePublicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, errors.New(
			"is missing: set it to the address that people will open, such as https://intranet.example.com")
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

// parseDatabaseURL reads DATABASE_URL, and adds the limits of time that pgx leaves
// out.
func parseDatabaseURL(secret caramelo.Secret) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(secret.Reveal())
	if err != nil {
		// The parser's own error shows parts of the address.
		return nil, errors.New("DATABASE_URL is not a Postgres address: " +
			"set it to something like postgres://user:password@host/database")
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 3 * time.Second
	}
	if params := config.ConnConfig.RuntimeParams; params["application_name"] == "" {
		params["application_name"] = "intranet" // with the id of a request behind it while there is one
	}
	livePool(config)
	limitTime(config, nil)
	return config, nil
}

// choosesStatements reports whether DATABASE_URL says how statements are sent.
func choosesStatements(secret caramelo.Secret) bool {
	return strings.Contains(secret.Reveal(), "default_query_exec_mode")
}

func parsePrefix(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}
