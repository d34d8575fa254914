package csp

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func vendorPolicy() Policy {
	script, _ := url.Parse("https://static.vendor.example/sdk.js")
	return Policy{Script: script, Origins: []string{"https://*.vendor.example", "wss://*.vendor.example"}}
}

// sourcesOf are the sources of each directive of a header.
func sourcesOf(header string) map[string]string {
	all := map[string]string{}
	for directive := range strings.SplitSeq(header, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		all[name] = sources
	}
	return all
}

// What is denied is as on a page without the chat, and nothing else changes.
func TestAKindIsDenied(t *testing.T) {
	t.Parallel()
	open, strict := sourcesOf(vendorPolicy().Header()), sourcesOf(Policy{}.Header())
	for _, k := range kinds {
		if k.needed {
			continue
		}
		policy := vendorPolicy()
		policy.Denied = []string{k.name}
		want := maps.Clone(open)
		if want[k.directive] = strict[k.directive]; want[k.directive] == "" {
			delete(want, k.directive)
		}
		if got := sourcesOf(policy.Header()); !maps.Equal(got, want) {
			t.Errorf("%s is denied: %v", k.name, got)
		}
		if open[k.directive] == strict[k.directive] {
			t.Errorf("%s is the same on every page", k.name)
		}
	}
}

// One more source is allowed for one kind, which may be denied otherwise, and only beside
// the chat.
func TestASourceIsAllowed(t *testing.T) {
	t.Parallel()
	for _, denied := range [][]string{nil, Deniable} {
		for _, kind := range Kinds {
			without := vendorPolicy()
			without.Denied = denied
			policy := without
			policy.Allowed = []Source{{kind, "https://more.example"}}
			want := sourcesOf(without.Header())
			directive := kinds[slices.Index(Kinds, kind)].directive
			want[directive] = strings.TrimSpace(want[directive] + " https://more.example")
			if got := sourcesOf(policy.Header()); !maps.Equal(got, want) {
				t.Errorf("%s with %v denied: %v", kind, denied, got)
			}
			policy.Script = nil
			if got := policy.Header(); got != (Policy{}).Header() {
				t.Errorf("without the chat: %s", got)
			}
		}
	}
}

// Whatever is set, scripts need the nonce or an origin.
func TestNoSettingAllowsInlineScripts(t *testing.T) {
	t.Parallel()
	for _, denied := range [][]string{nil, {"style"}, Deniable} {
		policy := vendorPolicy()
		policy.Denied = denied
		scripts := sourcesOf(policy.Header())["script-src"]
		if scripts != "'nonce-{nonce}' https://static.vendor.example https://*.vendor.example" {
			t.Errorf("with %v denied: %s", denied, scripts)
		}
	}
}

// What is suggested for a report allows what was blocked, and nothing is where nothing does.
func TestAReportSaysWhatAllowsIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		directive, blocked string
		denied             string
		want               Mend
	}{
		{"style-src-elem", "inline", "style", Mend{Denied: "style"}},
		{"style-src-attr", "inline", "style", Mend{Denied: "style"}},
		{"style-src-elem", "https://cdn.vendor.example", "style", Mend{Denied: "style"}},
		{"style-src-elem", "https://static.vendor.example", "style", Mend{Denied: "style"}},
		{"style-src-elem", "https://fonts.example", "style", Mend{Allow: Source{"style", "https://fonts.example"}}},
		{"font-src", "https://fonts.example", "", Mend{Allow: Source{"font", "https://fonts.example"}}},
		{"font-src", "data", "font", Mend{Denied: "font"}},
		{"worker-src", "blob", "worker", Mend{Denied: "worker"}},
		{"media-src", "https://evilvendor.example", "media",
			Mend{Allow: Source{"media", "https://evilvendor.example"}}},
		{"img-src", "http://cdn.vendor.example", "image", Mend{Allow: Source{"image", "http://cdn.vendor.example"}}},
		{"frame-src", "https://static.vendor.example", "frame", Mend{Denied: "frame"}},
		{"connect-src", "wss://chat.example:8443", "", Mend{Allow: Source{"connect", "wss://chat.example:8443"}}},
		{"script-src-elem", "https://cdn.example", "", Mend{Allow: Source{"script", "https://cdn.example"}}},
		{"script-src-elem", "inline", "", Mend{}},
		{"script-src", "eval", "", Mend{}},
		{"style-src-elem", "inline", "font", Mend{}}, // on a page without the chat, or an extension's
		{"font-src", "chrome-extension", "font", Mend{}},
		{"img-src", "other", "image", Mend{}},
		{"form-action", "https://elsewhere.example", "", Mend{}},
		{"base-uri", "https://elsewhere.example", "", Mend{}},
		{"other", "https://elsewhere.example", "", Mend{}},
	} {
		policy := vendorPolicy()
		if test.denied != "" {
			policy.Denied = []string{test.denied}
		}
		got := policy.Mend(Violation{Directive: test.directive, Blocked: test.blocked})
		if got != test.want {
			t.Errorf("%s %s with %q denied: %+v", test.directive, test.blocked, test.denied, got)
		}
	}
}
