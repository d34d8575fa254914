// Package views is the HTML of the frame: the layout, the components and form fields that
// all pages share, the home page, the assistant's and those of errors. The HTML of a
// feature is in its folder. Everything a page needs comes as its props; only the language,
// the nonce and whether the page has the chat are in the context. The package knows the store's plain types, but neither
// the database nor HTTP.
package views

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static"
)

// logo is the company's mark. It is a part of the page, so that it has the page's colours.
var logo = func() drawn {
	svg, err := static.FS.ReadFile("brand/logo.svg")
	if err != nil {
		panic("views: read the logo: " + err.Error())
	}
	return drawn(svg)
}()

func FirstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

// greeting is the greeting for the hour. From midnight to five it is neither good evening
// nor good morning.
func greeting(ctx context.Context, now time.Time, name string) string {
	part := "evening"
	switch hour := now.Hour(); {
	case hour < 5:
		part = "night"
	case hour < 12:
		part = "morning"
	case hour < 18:
		part = "afternoon"
	}
	return i18n.T(ctx, "home.greeting."+part, "Name", FirstName(name))
}

// LanguageName is the name of a language in that language.
func LanguageName(ctx context.Context, lang string) string { return i18n.T(ctx, "language."+lang) }

// LanguageInline is the name of a language in the reader's, for the middle of a
// sentence: English is inglês there for a Brazilian.
func LanguageInline(ctx context.Context, lang string) string {
	return i18n.T(ctx, "language.inline."+lang)
}

// Local reports whether a link stays on this site.
func Local(link string) bool { return strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") }

// Host is the host of a link that leaves this site; "" for other links, and for what is
// no web address.
func Host(link string) string {
	if u, err := url.Parse(link); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		return strings.TrimPrefix(u.Host, "www.")
	}
	return ""
}

// The names of browsers and systems in the header User-Agent. Their order matters, because
// most browsers also claim to be some of those further down.
var (
	browsers = [][2]string{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// Device says in a few words what a browser calls itself.
func Device(ctx context.Context, agent string) string {
	find := func(names [][2]string) string {
		for _, name := range names {
			if strings.Contains(agent, name[0]) {
				return name[1]
			}
		}
		return ""
	}
	browser, system := find(browsers), find(systems)
	switch {
	case browser != "" && system != "":
		return i18n.T(ctx, "account.device", "Browser", browser, "System", system)
	case browser+system != "":
		return browser + system
	}
	return i18n.T(ctx, "account.device.unknown")
}

func Languages(ctx context.Context) (all []Option) {
	for _, lang := range i18n.Languages {
		all = append(all, Option{lang, LanguageName(ctx, lang)})
	}
	return all
}

// Zones are the time zones to choose from. own is always one of them.
func Zones(own string) (all []Option) {
	names := i18n.Zones
	if !slices.Contains(names, own) {
		names = append([]string{own}, names...)
	}
	now := time.Now()
	for _, name := range names {
		zone, _ := i18n.Zone(name)
		all = append(all, Option{name, i18n.ZoneName(now.In(zone))})
	}
	return all
}

func Roles(ctx context.Context) (all []Option) {
	for _, role := range store.Roles {
		all = append(all, Option{string(role), RoleName(ctx, role)})
	}
	return all
}

func RoleName(ctx context.Context, role store.Role) string { return i18n.T(ctx, "role."+string(role)) }

func DepartmentOptions(none string, all []store.Department) []Option {
	options := []Option{{"", none}}
	for _, d := range all {
		options = append(options, Option{d.Slug, d.Name})
	}
	return options
}

// StoredNames are the names of a department or a category in the order of the languages.
func StoredNames(names store.Texts) (all string) {
	for _, lang := range i18n.Languages {
		if names[lang] != "" && all != "" {
			all += " · "
		}
		all += names[lang]
	}
	return all
}
