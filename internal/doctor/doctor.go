// Package doctor examines a deployment: it looks at everything that a first one
// gets wrong, and says how to mend it. It changes nothing.
package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/app"
)

// patience bounds each check: what takes longer is as good as down.
const patience = 5 * time.Second

// Level says how a check ended.
type Level string

// The levels.
const (
	Fine    Level = "ok"
	Warning Level = "warning" // it works, and yet is not right
	Failure Level = "failure"
	Skipped Level = "skipped" // it depends on one that failed, or was not asked for
)

// Check is one thing that a deployment may get wrong. It never holds a secret,
// nor the text of an error from outside, which may repeat one.
type Check struct {
	ID    string `json:"id"` // stable, such as postgres.reachable
	Level Level  `json:"level"`
	Seen  string `json:"seen"`
	Mend  string `json:"mend,omitempty"`
}

func fine(format string, args ...any) Check {
	return Check{Level: Fine, Seen: fmt.Sprintf(format, args...)}
}

func skip(format string, args ...any) Check {
	return Check{Level: Skipped, Seen: fmt.Sprintf(format, args...)}
}

func warn(mend, format string, args ...any) Check {
	return Check{Level: Warning, Seen: fmt.Sprintf(format, args...), Mend: mend}
}

func fail(mend, format string, args ...any) Check {
	return Check{Level: Failure, Seen: fmt.Sprintf(format, args...), Mend: mend}
}

// doctor goes through the checks, one after the other.
type doctor struct {
	settings app.Settings
	parsed   app.Parsed
	problems []app.Problem // with the settings
	checks   []Check
	database database
}

// Examine looks at everything that a first deployment gets wrong, and changes
// nothing. flags are the settings that came from the command line, by the names
// of their variables. It makes a handshake only for the person with the e-mail
// mint, and none where that is "". It ends within seconds for each part that does
// not answer.
func Examine(ctx context.Context, settings app.Settings, flags []string, mint string) []Check {
	d := &doctor{settings: settings}
	var err error
	if d.parsed, err = settings.Parse(); err != nil {
		d.problems = err.(*app.SettingsError).Problems
	}
	d.checkSettings(ctx, flags)
	d.checkMachine(ctx)
	pool, closePool := d.checkPostgres(ctx)
	defer closePool()
	d.checkCaramelo(ctx)
	d.checkMint(ctx, pool, mint)
	d.checkSDK(ctx)
	d.checkPublic(ctx)
	return d.checks
}

// check notes what f finds under id, unless a check that it needs has no good end.
func (d *doctor) check(ctx context.Context, id string, needs []string, f func(context.Context) Check) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, c := range d.checks {
		if slices.Contains(needs, c.ID) && (c.Level == Failure || c.Level == Skipped) {
			reason := skip("see %s first", c.ID)
			if c.Level == Skipped {
				reason.Seen = c.Seen
			}
			f = func(context.Context) Check { return reason }
			break
		}
	}
	c := f(ctx)
	c.ID = id
	d.checks = append(d.checks, c)
}

// checkSettings says of each setting what it is and where it comes from.
func (d *doctor) checkSettings(ctx context.Context, flags []string) {
	for _, setting := range d.settings.List() {
		source := "default"
		switch {
		case slices.Contains(flags, setting.Name):
			source = "flag"
		case os.Getenv(setting.Name) != "":
			source = "environment"
		case setting.Value == "":
			source = "not set"
		}
		d.checkSetting(ctx, setting, source)
	}
	for _, secret := range d.settings.Secrets() {
		setting, source := app.Setting{Name: secret.Name, Help: secret.Help}, "not set"
		if text := secret.Text.Reveal(); text != "" {
			setting.Value, source = fmt.Sprintf("set, %d characters", utf8.RuneCountInString(text)), "environment"
		}
		if os.Getenv(secret.Name+"_FILE") != "" {
			source = "file"
		}
		d.checkSetting(ctx, setting, source)
	}
}

// checkSetting says what serve would say of it, if anything. A value that is wrong
// is not shown: see app.Settings.Parse.
func (d *doctor) checkSetting(ctx context.Context, setting app.Setting, source string) {
	name, right := setting.Name, setting.Name+" right: "+setting.Help
	d.check(ctx, "settings."+strings.ToLower(name), nil, func(context.Context) Check {
		for _, problem := range d.problems {
			if problem.Setting == name {
				mend := "set " + right
				if problem.Unread {
					mend = mendFile(name)
				}
				return fail(mend, "%v (%s)", problem.Err, source)
			}
		}
		for _, w := range d.settings.Warnings(d.parsed) {
			if w.Setting == name {
				return warn(w.Mend, "%s (%s)", w.Seen, source)
			}
		}
		switch {
		case setting.Value == "":
			return fine("not set")
		case d.holdsSecret(setting.Value):
			return warn("put the secret where it belongs, and "+right, "it looks like a secret, and is not shown (%s)", source)
		}
		return fine("%s (%s)", setting.Value, source)
	})
}

// mendFile is how to mend a secret that no file gives. The file is named only where
// its folder is there: it may be the secret, where a file's name should be.
func mendFile(name string) string {
	file := os.Getenv(name + "_FILE")
	if os.Getenv(name) != "" {
		return "keep only one of the two"
	}
	folder := filepath.Dir(file)
	if _, err := os.Stat(folder); err != nil || len(folder) < 2 { // #nosec G703 -- whoever runs the doctor names the file; "." and "/" say nothing
		file = "that " + name + "_FILE names, by its whole path"
	}
	return "let the server's user read the file " + file + ", with the secret in it"
}

// holdsSecret reports whether a setting's value has a secret in it, or a key like
// the vendor's.
func (d *doctor) holdsSecret(value string) bool {
	for _, secret := range d.settings.Secrets() {
		if text := strings.TrimSpace(secret.Text.Reveal()); len(text) >= 8 && strings.Contains(value, text) {
			return true
		}
	}
	return strings.Contains(value, "sk_")
}

// checkMachine looks at what is on this machine beside the settings.
func (d *doctor) checkMachine(ctx context.Context) {
	d.check(ctx, "machine.secret_files", nil, func(context.Context) Check {
		var open, all []string
		for _, secret := range d.settings.Secrets() {
			name := secret.Name + "_FILE"
			info, err := os.Stat(os.Getenv(name)) // #nosec G703 -- whoever starts the program names the file
			if err != nil {
				continue // not set, or wrong, which is said with the settings
			}
			all = append(all, name)
			if info.Mode().Perm()&0o026 != 0 {
				open = append(open, name)
			}
		}
		switch {
		case len(all) == 0:
			return fine("no secret comes from a file")
		case len(open) > 0:
			return warn("chmod 600, or 640 with the server's group; a container that nobody else is in may leave it", "others may read or change what these name: %s", strings.Join(open, ", "))
		}
		return fine("nobody else may read or change what these name: %s", strings.Join(all, ", "))
	})
	d.check(ctx, "machine.time_zones", nil, func(context.Context) Check {
		zones := []string{"America/Sao_Paulo", "America/New_York", "Europe/Madrid"}
		for _, zone := range zones {
			if _, err := time.LoadLocation(zone); err != nil {
				return fail("install the system's tzdata, or build with -tags timetzdata", "there are no time zones here: %s is not known", zone)
			}
		}
		return fine("known, such as %s", strings.Join(zones, ", "))
	})
}
