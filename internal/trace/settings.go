package trace

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Endpoint is where spans go. base is the collector's address, to which the standard path is
// added; whole, which counts where it is set, is the address with its path.
func Endpoint(base, whole string) (string, error) {
	address := whole
	if address == "" && base != "" {
		address = strings.TrimRight(base, "/") + "/v1/traces"
	}
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("must be an absolute http or https address, such as http://collector:4318")
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return "", errors.New("must have no user, query or fragment: what is secret belongs in OTEL_EXPORTER_OTLP_HEADERS")
	}
	return u.String(), nil
}

// Headers reads OTEL_EXPORTER_OTLP_HEADERS: name=value, separated by commas, values escaped as in
// an address. The error quotes nothing of it.
func Headers(list string) (http.Header, error) {
	header := http.Header{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, errors.New("must be name=value, separated by commas, such as Authorization=Bearer%20…")
		}
		header.Set(name, value)
	}
	return header, nil
}
