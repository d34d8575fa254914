package views_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/carameloai/intranet/static"
)

// What the design promises: text at least 5.6:1, borders of fields and the
// focus ring at least 3.4:1, in both schemes, with the colours of static/brand.
func TestColoursHaveContrast(t *testing.T) {
	css, err := static.FS.ReadFile("app.css")
	colours, failed := static.FS.ReadFile("brand/brand.css")
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	for _, problem := range unreadable(string(css), string(colours)) {
		t.Error(problem)
	}

	// Avatars: letters on a ground of the same hue.
	const colour = `oklch\(([\d.]+) ([\d.]+) var\(--hue\)\)`
	pair := func(property string) [2][2]float64 {
		t.Helper()
		m := regexp.MustCompile(property + `: light-dark\(` + colour + `, ` + colour + `\);`).FindSubmatch(css)
		if m == nil {
			t.Fatalf("no %s of avatars", property)
		}
		var v [4]float64
		for i := range v {
			v[i], _ = strconv.ParseFloat(string(m[i+1]), 64)
		}
		return [2][2]float64{{v[0], v[1]}, {v[2], v[3]}}
	}
	ground, letters := pair("background"), pair(`[^-]color`)
	hues := regexp.MustCompile(`\.avatar-(\d+) \{ --hue: (\d+); \}`).FindAllSubmatch(css, -1)
	if len(hues) != 12 {
		t.Fatalf("%d colours of avatars", len(hues))
	}
	for _, m := range hues {
		hue, _ := strconv.ParseFloat(string(m[2]), 64)
		for scheme := range 2 {
			letter, around := letters[scheme], ground[scheme]
			got := contrast(oklch(letter[0], letter[1], hue), oklch(around[0], around[1], hue))
			if got < 5.6 {
				t.Errorf("avatar-%s: %.2f:1 in scheme %d", m[1], got, scheme)
			}
		}
	}
}

// A brand's colours are refused where they cannot be read, whatever they are written like.
func TestAnUnreadableBrandIsRefused(t *testing.T) {
	t.Parallel()
	css, err := static.FS.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	const fine = "--accent: light-dark(#96480F, #F0A868); --on-accent: light-dark(#FFF, #161310); " +
		"--accent-strong: light-dark(#7a390a, #F6BE8C);"
	for name, test := range map[string]struct{ more, want string }{
		"as it is":    {"", ""},
		"light":       {"--accent: light-dark(#F0A868, #F0A868);", "--accent on --bg: 1.90:1 in the light scheme"},
		"dark":        {"--accent: light-dark(#96480F, #96480F);", "--accent on --bg: 2.85:1 in the dark scheme"},
		"one for all": {"--accent: #96480f;", "--accent on --bg: 2.85:1 in the dark scheme"},
		"a button":    {"--on-accent: light-dark(#96480F, #161310);", "--on-accent on --accent: 1.00:1 in the light"},
		"a ground":    {"--bg: light-dark(#777, #161310);", "--text on --bg: 3.82:1 in the light scheme"},
		"unknown":     {"--accent: light-dark(rebeccapurple, #F0A868);", "--accent is light-dark(rebeccapurple"},
		"by scheme":   {"} @media (prefers-color-scheme: dark) { :root { --bg: #000; } ", "--bg is set in @media"},
	} {
		problems := strings.Join(unreadable(string(css), ":root { "+fine+test.more+" }"), "\n")
		if problems == "" != (test.want == "") || !strings.Contains(problems, test.want) {
			t.Errorf("%s: want %q, got:\n%s", name, test.want, problems)
		}
		if test.want != "" && !strings.Contains(problems, "static/brand/brand.css") {
			t.Errorf("%s: it does not say where to mend it:\n%s", name, problems)
		}
	}
}

var (
	comment    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	property   = regexp.MustCompile(`--([\w-]+)\s*:\s*([^;}]+?)\s*[;}]`)
	hexColour  = regexp.MustCompile(`^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)
	schemeWise = regexp.MustCompile(`^light-dark\(\s*(\S+)\s*,\s*(\S+)\s*\)$`)
)

// unreadable says which colours of our style sheet, with those of a brand over them, cannot be
// read on which, and what to do. Only colours as hex can be checked.
func unreadable(app, brand string) (problems []string) {
	const mend = "; mend it in static/brand/brand.css"
	brand = comment.ReplaceAllString(brand, "")
	if before, _, found := strings.Cut(brand, "@media"); found {
		if m := property.FindStringSubmatch(brand[len(before):]); m != nil {
			problems = append(problems, "--"+m[1]+" is set in @media"+mend+
				": write it once, as light-dark(#RRGGBB, #RRGGBB), or the reader's own choice of a scheme has no effect")
		}
	}
	tokens := map[string][2]rgb{}
	for i, sheet := range []string{comment.ReplaceAllString(app, ""), brand} {
		for _, m := range property.FindAllStringSubmatch(sheet, -1) {
			name, light, dark := m[1], m[2], m[2]
			if pair := schemeWise.FindStringSubmatch(m[2]); pair != nil {
				light, dark = pair[1], pair[2]
			} else if i == 0 {
				continue // of print
			}
			if hexColour.MatchString(light) && hexColour.MatchString(dark) {
				tokens[name] = [2]rgb{hex(light), hex(dark)}
			} else if _, colour := tokens[name]; colour || strings.Contains(name, "accent") {
				problems = append(problems,
					"--"+name+" is "+m[2]+mend+": write it as light-dark(#RRGGBB, #RRGGBB), so that its contrast can be checked")
			}
		}
	}
	check := func(scheme int, front, back string, least float64) {
		f, ok := tokens[front]
		b, found := tokens[back]
		if !ok || !found {
			problems = append(problems, "there is no colour --"+front+" or --"+back+mend)
			return
		}
		if got := contrast(f[scheme], b[scheme]); got < least {
			name, more := "light", "darker"
			if scheme == 1 {
				name, more = "dark", "lighter"
			}
			if front == "on-accent" {
				more = "farther from it"
			}
			problems = append(problems, fmt.Sprintf("--%s on --%s: %.2f:1 in the %s scheme, at least %.1f:1 is needed%s: "+
				"make --%s %s there", front, back, got, name, least, mend, front, more))
		}
	}
	for scheme := range 2 {
		for _, back := range []string{"bg", "surface", "tint"} {
			for _, front := range []string{"text", "muted", "accent", "accent-strong"} {
				check(scheme, front, back, 5.6)
			}
		}
		check(scheme, "on-accent", "accent", 5.6)
		check(scheme, "on-accent", "accent-strong", 5.6)
		check(scheme, "bad", "bad-tint", 5.6)
		for _, back := range []string{"bg", "surface"} {
			check(scheme, "line", back, 3.4)
			check(scheme, "ok", back, 5.6)
			check(scheme, "warn", back, 5.6)
			check(scheme, "bad", back, 5.6)
		}
	}
	return problems
}

// rgb is a colour in linear light, 0 to 1.
type rgb struct{ r, g, b float64 }

// hex reads a colour that is written as #RGB or #RRGGBB.
func hex(s string) rgb {
	if len(s) == 4 {
		s = string([]byte{'#', s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	v, _ := strconv.ParseUint(s[1:], 16, 32)
	r, g, b := v>>16, v>>8&255, v&255
	linear := func(v uint64) float64 {
		c := float64(v) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return rgb{linear(r), linear(g), linear(b)}
}

// oklch follows CSS Color 4, section 9; a colour outside sRGB is clipped.
func oklch(lightness, chroma, hue float64) rgb {
	a, b := chroma*math.Cos(hue*math.Pi/180), chroma*math.Sin(hue*math.Pi/180)
	cube := func(v float64) float64 { return v * v * v }
	l := cube(lightness + .3963377774*a + .2158037573*b)
	m := cube(lightness - .1055613458*a - .0638541728*b)
	s := cube(lightness - .0894841775*a - 1.2914855480*b)
	clip := func(v float64) float64 { return min(max(v, 0), 1) }
	return rgb{
		clip(4.0767416621*l - 3.3077115913*m + .2309699292*s),
		clip(-1.2684380046*l + 2.6097574011*m - .3413193965*s),
		clip(-.0041960863*l - .7034186147*m + 1.7076147010*s),
	}
}

// contrast is WCAG's: the ratio of relative luminances.
func contrast(a, b rgb) float64 {
	luminance := func(c rgb) float64 { return .2126*c.r + .7152*c.g + .0722*c.b }
	high, low := luminance(a), luminance(b)
	if high < low {
		high, low = low, high
	}
	return (high + .05) / (low + .05)
}
