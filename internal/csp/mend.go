package csp

import (
	"slices"
	"strings"
)

// Mend is what would let a page with the chat load what it was refused. It is empty where
// nothing would.
type Mend struct {
	Denied string // a kind that would have to be denied no more
	Allow  Source // or a source that would have to be allowed
}

// Mend says what would allow what browsers reported. Inline scripts and eval, and what
// is no kind of its own, stay forbidden.
func (p Policy) Mend(v Violation) Mend {
	kind := Kind(v.Directive)
	denied := slices.Contains(p.Denied, kind)
	switch {
	case kind == "" || p.Script == nil:
		return Mend{}
	case denied && (v.Blocked == "inline" || v.Blocked == "data" || v.Blocked == "blob" || p.ofVendor(v.Blocked)):
		return Mend{Denied: kind}
	case isOrigin(v.Blocked) && (kind == "connect" || !strings.HasPrefix(v.Blocked, "ws")):
		return Mend{Allow: Source{kind, v.Blocked}}
	}
	return Mend{}
}

// Kind is the kind of thing that a directive is about; "" for none that a setting opens.
func Kind(directive string) string {
	for _, k := range kinds {
		if directive == k.directive || strings.HasPrefix(directive, k.directive+"-") {
			return k.name
		}
	}
	return ""
}

func isOrigin(blocked string) bool { return strings.Contains(blocked, "://") }

// ofVendor reports whether an origin is one of the vendor's.
func (p Policy) ofVendor(origin string) bool {
	return isOrigin(origin) && slices.ContainsFunc(p.vendor(), func(source string) bool {
		before, below, wildcard := strings.Cut(source, "*")
		return source == origin || wildcard && strings.HasPrefix(origin, before) && strings.HasSuffix(origin, below)
	})
}
