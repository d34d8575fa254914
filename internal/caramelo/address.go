package caramelo

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// CheckProjectID reports whether id can be a project id: it becomes a part of
// the endpoint's path.
func CheckProjectID(id string) error {
	if strings.TrimSpace(id) == "" || len(id) > 200 || strings.Trim(id, ".") == "" {
		return errors.New("must be 1 to 200 characters, not only blanks or dots")
	}
	return nil
}

// CheckURL reports whether the secret may be sent to raw: an absolute https
// address, or http on loopback, or http anywhere if allowHTTP is set. Addresses
// with credentials, a query or a fragment are refused.
func CheckURL(raw string, allowHTTP bool) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("is not an address") // the parser's own error would repeat the value
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return errors.New("must be an absolute https address such as https://api.carameloai.com")
	case strings.Trim(u.Host, hostCharacters) != "":
		return errors.New("has a character in its host that no host has")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must have no user, query or fragment")
	case u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()):
		return errors.New("must be https: the secret and the tokens travel there")
	}
	return nil
}

// hostCharacters may stand in a host with its port. Go's parser allows more, but
// an address that passes CheckURL may be written into a Content-Security-Policy.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]"

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
