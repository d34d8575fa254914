package brand

import (
	_ "embed" // brand.css
	"regexp"
)

//go:embed brand.css
var style string

// Palette are the colours of a mail, which has no style sheet of ours.
type Palette struct{ Ground, Text, Muted, Accent, OnAccent string }

// Light is that of light mail programs: the accent of brand.css on the ground of our pages.
func Light() Palette {
	return Palette{"#FBF9F6", "#1F1B16", "#5F574D", colour("accent", 1), colour("on-accent", 1)}
}

// Dark is that of dark ones.
func Dark() Palette {
	return Palette{"#161310", "#F2EDE6", "#B8AEA1", colour("accent", 2), colour("on-accent", 2)}
}

// colour is one of a pair light-dark(first, second) in brand.css.
func colour(name string, which int) string {
	pair := regexp.MustCompile(`--` + name + `:\s*light-dark\((#[0-9A-Fa-f]{3,8}),\s*(#[0-9A-Fa-f]{3,8})\)`)
	if found := pair.FindStringSubmatch(style); found != nil {
		return found[which]
	}
	return []string{"", "#000000", "#FFFFFF"}[which]
}
