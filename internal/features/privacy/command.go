package privacy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/term"

	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// commands are those that it adds to `intranet user`.
type commands struct {
	Export exportCommand `cmd:"" order:"1200" help:"Write a copy of what the intranet holds of a person to standard output, as a ZIP."`
	Delete deleteCommand `cmd:"" order:"1300" help:"Delete a person for good, and print what to ask Caramelo to erase."`
}

// withPerson finds the person with that e-mail, disabled or not.
func withPerson(
	ctx context.Context, to web.Command, email string, f func(context.Context, *store.Store, person) error,
) error {
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		var p person
		batch := &pgx.Batch{}
		batch.Queue(`SELECT id, name, email, lang FROM people WHERE lower(email) = lower($1)`, store.Email(email)).
			Query(store.CollectOne(&p))
		err := s.Send(ctx, batch, "find person")
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("nobody has the e-mail %q: 'user list' shows everybody", email)
		}
		if err != nil {
			return err
		}
		return f(ctx, s, p)
	})
}

type exportCommand struct {
	Email string `arg:""`
}

// Run is called by kong. What the person has typed and not saved is readable with the
// SECRET_KEY of the server alone.
func (c *exportCommand) Run(ctx context.Context, to web.Command) error {
	if file, ok := to.Out.(*os.File); ok && term.IsTerminal(int(file.Fd())) { // #nosec G115 -- a small number
		return errors.New("this is a ZIP: write it to a file, such as > data.zip")
	}
	texts, err := web.Texts(to.Features)
	if err != nil {
		return err
	}
	key, err := to.Seal()
	if err != nil {
		return err
	}
	return withPerson(ctx, to, c.Email, func(ctx context.Context, s *store.Store, p person) error {
		all := copies{Store: s, seal: key, held: held(to.Features)}
		if err := all.record(ctx, store.CommandLine, p.ID); err != nil {
			return err
		}
		return all.write(texts.With(ctx, p.Lang), to.Out, p.ID)
	})
}

type deleteCommand struct {
	Email string `arg:""`
	Yes   bool   `help:"Really delete."`
}

// Run is called by kong.
func (c *deleteCommand) Run(ctx context.Context, to web.Command) error {
	return withPerson(ctx, to, c.Email, func(ctx context.Context, s *store.Store, p person) error {
		if !c.Yes {
			return fmt.Errorf("%s (%s) would be deleted for good: add --yes if you mean it", p.Email, p.Name)
		}
		known, err := personal.Erase(ctx, s, store.CommandLine, p.ID)
		if errors.Is(err, store.ErrLastAdmin) {
			return errors.New("this is the last admin who can sign in: make somebody else one first")
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(to.Out, `Deleted. If Caramelo was told about this person, ask Caramelo to erase the customer with
  external_customer_id  %s
  e-mails               %s
  not before            %s
and give these e-mails to nobody else until Caramelo has answered. The server's log, the lines of AUDIT_LOG and
backups have the person until they expire. After a restore from an older backup, delete the person again.
`, known.ID, strings.Join(known.Emails, ", "), known.Since.UTC().Format(time.DateOnly))
		return nil
	})
}
