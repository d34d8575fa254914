package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/checks"
)

// checkSettings says of each setting what it is and where it comes from.
func (e *examination) checkSettings(ctx context.Context, flags []string) {
	for _, setting := range e.settings.List() {
		source := "default"
		switch {
		case slices.Contains(flags, setting.Name):
			source = "flag"
		case os.Getenv(setting.Name) != "":
			source = "environment"
		case setting.Value == "":
			source = "not set"
		}
		e.checkSetting(ctx, setting, source)
	}
	for _, secret := range e.settings.Secrets() {
		setting, source := app.Setting{Name: secret.Name, Help: secret.Help}, "not set"
		if text := secret.Text.Reveal(); text != "" {
			setting.Value, source = fmt.Sprintf("set, %d characters", utf8.RuneCountInString(text)), "environment"
		}
		if os.Getenv(secret.Name+"_FILE") != "" {
			source = "file"
		}
		e.checkSetting(ctx, setting, source)
	}
}

// checkSetting says what serve would say of the setting, if anything. It does not
// show a wrong value: see app.Settings.Parse.
func (e *examination) checkSetting(ctx context.Context, setting app.Setting, source string) {
	right := setting.Name + " right: " + setting.Help
	e.check(ctx, "settings."+strings.ToLower(setting.Name), nil, func(context.Context) checks.Check {
		for _, problem := range e.problems {
			if problem.Setting == setting.Name {
				mend := "set " + right
				if problem.Unread {
					mend = mendFile(setting.Name)
				}
				return checks.Fail("%v (%s)", problem.Err, source).MendBy(mend)
			}
		}
		for _, w := range e.settings.Warnings(e.parsed) {
			if w.Setting == setting.Name {
				return checks.Warn("%s (%s)", w.Seen, source).MendBy(w.Mend)
			}
		}
		switch {
		case setting.Value == "":
			return checks.OK("not set")
		case e.holdsSecret(setting.Value):
			return checks.Warn("it looks like a secret, and is not shown (%s)", source).
				MendBy("put the secret where it belongs, and " + right)
		}
		return checks.OK("%s (%s)", setting.Value, source)
	})
}

// mendFile says how to mend a secret that could not be read. It names the file only
// where its folder exists: otherwise the name may be the secret itself, set in the
// wrong variable.
func mendFile(name string) string {
	file := os.Getenv(name + "_FILE")
	if os.Getenv(name) != "" {
		return "keep only one of the two"
	}
	folder := filepath.Dir(file)
	_, err := os.Stat(folder)          // #nosec G703 -- whoever runs the doctor names the file
	if err != nil || len(folder) < 2 { // every text is in "." or "/"
		file = "that " + name + "_FILE names, by its whole path"
	}
	return "let the server's user read the file " + file + ", with the secret in it"
}

// holdsSecret reports whether a setting's value has one of the secrets in it, or a
// key like Caramelo's.
func (e *examination) holdsSecret(value string) bool {
	for _, secret := range e.settings.Secrets() {
		if text := strings.TrimSpace(secret.Text.Reveal()); len(text) >= 8 && strings.Contains(value, text) {
			return true
		}
	}
	return strings.Contains(value, "sk_")
}
