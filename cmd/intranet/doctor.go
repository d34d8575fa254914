package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/checks"
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

signin.providers, signin.way_in: whether the providers answer, and an admin can sign in without them.

mail.server: whether the mail server lets the intranet in.

caramelo.proxy, caramelo.dns, caramelo.tls, caramelo.reachable, caramelo.consent (whether people are asked first, and how
many have agreed); caramelo.mint with --mint only.

sdk.dns, sdk.tls, sdk.reachable, sdk.script: Caramelo's script. Note its sha256 to see when it changes.

sdk.open: whether the script mentions what is to open its chat.

csp.kinds, csp.origins: whether the policy of these settings lets the script work.

traces.collector: whether the collector of OTEL_EXPORTER_OTLP_ENDPOINT answers, where tracing is on.

public.dns, public.tls, public.reachable, public.policy, public.cookies, public.proxies: PUBLIC_URL, as it is from this
machine, with the policy that pages come with.`
}

func (c *doctorCmd) Run(ctx context.Context, std streams, parsed *kong.Context) error {
	c.ReadSecrets()
	examined := doctor.Examine(ctx, c.Settings, variables(parsed), c.Mint)
	if c.JSON {
		if err := checks.PrintJSON(std.out, examined); err != nil {
			return err
		}
	} else {
		checks.Print(std.out, examined)
	}
	if failures := checks.Count(examined)[checks.Failure]; failures > 0 {
		return fmt.Errorf("not all is well: %d of %d checks failed", failures, len(examined))
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
