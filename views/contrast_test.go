package views_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/carameloai/intranet/static"
)

// What the design promises: text at least 5.6:1, borders of fields and the
// focus ring at least 3.4:1, in both schemes.
func TestColoursHaveContrast(t *testing.T) {
	css, err := static.FS.ReadFile("app.css")
	colours, failed := static.FS.ReadFile("brand/brand.css")
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	css = append(colours, css...)
	tokens := map[string][2]rgb{}
	token := regexp.MustCompile(`--([\w-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\);`)
	for _, m := range token.FindAllStringSubmatch(string(css), -1) {
		tokens[m[1]] = [2]rgb{hex(t, m[2]), hex(t, m[3])}
	}
	check := func(scheme int, front, back string, least float64) {
		t.Helper()
		f, ok := tokens[front]
		b, found := tokens[back]
		if !ok || !found {
			t.Fatalf("no colour %s or %s", front, back)
		}
		if got := contrast(f[scheme], b[scheme]); got < least {
			name := [2]string{"light", "dark"}[scheme]
			t.Errorf("%s on %s: %.2f:1 in the %s scheme, want %.1f:1", front, back, got, name, least)
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

// rgb is a colour in linear light, 0 to 1.
type rgb struct{ r, g, b float64 }

func hex(t *testing.T, s string) rgb {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(s, "#%02X%02X%02X", &r, &g, &b); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	linear := func(v int) float64 {
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
