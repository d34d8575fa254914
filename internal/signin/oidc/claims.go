package oidc

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// claims are what a provider says of somebody.
type claims struct {
	issuer, subject string
	values          map[string]any
}

func parseClaims(payload []byte) (c claims, err error) {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if err := d.Decode(&c.values); err != nil {
		return c, untrusted("the claims cannot be read")
	}
	return c, nil
}

// text is a claim that is a text; "" for any other.
func (c claims) text(name string) string {
	s, _ := c.values[name].(string)
	return store.Plain(s)
}

// texts is a claim that is a list of texts, or one text.
func (c claims) texts(name string) (all []string) {
	switch value := c.values[name].(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, one := range value {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

// verified reports whether a claim is true. Some providers write it as a text or a number.
func (c claims) verified(name string) bool {
	switch value := c.values[name].(type) {
	case bool:
		return value
	case string:
		return value == "true" || value == "1"
	case json.Number:
		return value == "1"
	}
	return false
}

// provedAt is when somebody has proved at the provider who they are; zero where it does not say.
func (c claims) provedAt() time.Time {
	n, ok := c.values["auth_time"].(json.Number)
	seconds, err := strconv.ParseFloat(n.String(), 64)
	if !ok || err != nil || seconds <= 0 || seconds > 1e11 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// secondFactor reports whether the provider says that it has asked for one.
func (p *provider) secondFactor(c claims) bool {
	said := append(c.texts("amr"), c.text("acr"))
	return slices.ContainsFunc(p.Factors, func(f string) bool { return f == Always || slices.Contains(said, f) })
}
