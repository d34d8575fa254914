package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/doctor"
)

type doctorCmd struct {
	app.Settings
	Mint string `placeholder:"EMAIL" help:"Also make one handshake, for the test person with this e-mail. Caramelo counts it as theirs."`
	JSON bool   `name:"json" help:"Print one JSON document: checks, each with id, level, seen and mend; and how many there are of each level."`
}

// Help lists every check; a test compares.
func (doctorCmd) Help() string {
	return `Changes nothing, shows no secret, and takes the same settings as serve. Each line is ok, a warning, a
failure or skipped. Exits with 0 only if nothing has failed: warnings do not count.

settings.NAME: each setting, and where it comes from.

machine.secret_files, machine.time_zones.

postgres.reachable, postgres.tls, postgres.version, postgres.rights, postgres.audit_trail, postgres.migrations,
postgres.clock, postgres.connections, postgres.pooler, postgres.second_factors (whether SECRET_KEY opens them).

caramelo.proxy, caramelo.dns, caramelo.tls, caramelo.reachable, caramelo.consent (whether people are asked first, and how
many have agreed); caramelo.mint with --mint only.

sdk.dns, sdk.tls, sdk.reachable, sdk.script: Caramelo's script. Note its sha256 to see when it changes.

csp.kinds, csp.origins: whether the policy of these settings lets the script work.

public.dns, public.tls, public.reachable, public.policy, public.cookies, public.proxies: PUBLIC_URL, as it is from this
machine, with the policy that pages come with.`
}

func (c *doctorCmd) Run(ctx context.Context, std streams, parsed *kong.Context) error {
	c.ReadSecrets()
	checks := doctor.Examine(ctx, c.Settings, variables(parsed), c.Mint)
	counts := map[doctor.Level]int{}
	for _, check := range checks {
		counts[check.Level]++
	}
	if c.JSON {
		encoder := json.NewEncoder(std.out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(map[string]any{"checks": checks, "counts": counts}); err != nil {
			return err
		}
	} else {
		printChecks(std.out, checks)
		fmt.Fprintf(std.out, "\n%d ok, %d warning, %d failure, %d skipped.\n", counts[doctor.Fine],
			counts[doctor.Warning], counts[doctor.Failure], counts[doctor.Skipped])
		if first, ok := mendFirst(checks); ok {
			fmt.Fprint(std.out, "Begin -> ")
			printWrapped(std.out, first.ID+": "+first.Mend)
		}
	}
	if failures := counts[doctor.Failure]; failures > 0 {
		return fmt.Errorf("not all is well: %d of %d checks failed", failures, len(checks))
	}
	return nil
}

// variables are those of the settings that came as flags.
func variables(parsed *kong.Context) (names []string) {
	for _, p := range parsed.Path {
		if p.Flag != nil {
			names = append(names, p.Flag.Envs...)
		}
	}
	return names
}

// mendFirst is the first failure, or the first warning where nothing has failed.
func mendFirst(checks []doctor.Check) (doctor.Check, bool) {
	for _, level := range []doctor.Level{doctor.Failure, doctor.Warning} {
		i := slices.IndexFunc(checks, func(c doctor.Check) bool { return c.Level == level })
		if i >= 0 {
			return checks[i], true
		}
	}
	return doctor.Check{}, false
}

// printChecks writes the checks with an empty line between two groups. A line is
// longer than 80 columns only where one word is.
func printChecks(w io.Writer, checks []doctor.Check) {
	for i, c := range checks {
		if group, _, _ := strings.Cut(c.ID, "."); i > 0 && !strings.HasPrefix(checks[i-1].ID, group+".") {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%-9s", c.Level)
		printWrapped(w, c.ID+": "+c.Seen)
		if c.Mend != "" {
			fmt.Fprintf(w, "%-9s", "")
			printWrapped(w, "-> "+c.Mend)
		}
	}
}

// printWrapped writes a text that begins at column 9, in lines of at most 80
// columns. Those after the first begin two columns further right.
func printWrapped(w io.Writer, text string) {
	column := 9
	for i, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > 80:
			fmt.Fprint(w, "\n"+strings.Repeat(" ", 11))
			column = 11
		default:
			fmt.Fprint(w, " ")
			column++
		}
		fmt.Fprint(w, word)
		column += length
	}
	fmt.Fprintln(w)
}
