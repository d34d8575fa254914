package scim

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// commands are those of `intranet user`. kong calls their Run.
type commands struct {
	SCIM scimCommands `cmd:"" name:"scim" order:"1300" help:"Which programs may look after people by SCIM."`
}

type scimCommands struct {
	Add    addCommand    `cmd:"" help:"Allow a program, and print its token once."`
	List   listCommand   `cmd:"" help:"List the programs, and when each was here last."`
	Revoke revokeCommand `cmd:"" help:"Take a program's token back, at once."`
}

type addCommand struct {
	Name string `arg:"" help:"What the audit trail calls it, such as entra."`
	Days int    `default:"365" help:"How long the token is good for: 1 to 1100."`
}

// The longest that a token is good for, and the longest name.
const (
	maxDays = 1100
	maxName = 60
)

// Run prints the token, which is stored nowhere.
func (c *addCommand) Run(ctx context.Context, to web.Command) error {
	if !store.Visible(c.Name, maxName) || c.Name != store.Line(c.Name) {
		return fmt.Errorf("the name must have 1 to %d characters, all of them visible", maxName)
	}
	if c.Days < 1 || c.Days > maxDays {
		return fmt.Errorf("--days must be 1 to %d", maxDays)
	}
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		life := time.Duration(c.Days) * 24 * time.Hour
		token, err := tokens{s}.add(ctx, store.CommandLine, c.Name, life)
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("there is a client %q: revoke it first, or choose another name", c.Name)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(to.Out, token)
		fmt.Fprintf(to.Err, "It is shown this once, and good until %s. Providers ask at PUBLIC_URL%s.\n",
			time.Now().Add(life).Format(time.DateOnly), Base)
		return nil
	})
}

type revokeCommand struct {
	Name string `arg:""`
}

// Run takes it back.
func (c *revokeCommand) Run(ctx context.Context, to web.Command) error {
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		err := tokens{s}.revoke(ctx, store.CommandLine, c.Name)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("there is no client %q: 'user scim list' shows all", c.Name)
		}
		return err
	})
}

type listCommand struct{}

// Run lists them.
func (listCommand) Run(ctx context.Context, to web.Command) error {
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		all, err := tokens{s}.list(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(to.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "NAME\tMADE\tEXPIRES\tLAST USED")
		for _, t := range all {
			used := "never"
			if t.UsedAt != nil {
				used = t.UsedAt.UTC().Format(time.DateTime)
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n",
				t.Name, t.MadeAt.UTC().Format(time.DateOnly), t.ExpiresAt.UTC().Format(time.DateOnly), used)
		}
		return out.Flush()
	})
}
