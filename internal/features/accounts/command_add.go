package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

type addCommand struct {
	Email     string `required:"" help:"Address to sign in with."`
	Name      string `required:"" help:"Name as colleagues see it."`
	Role      string `default:"employee" enum:"employee,editor,admin" help:"${enum}"`
	Lang      string `default:"en" enum:"en,pt,es" help:"${enum}"`
	Link      bool   `help:"Print a one-time link to set the password with, instead of reading one."`
	PublicURL string `env:"PUBLIC_URL" placeholder:"URL" help:"Where people reach the intranet; for --link."`
}

func (c *addCommand) Run(ctx context.Context, to web.Command) error {
	var secret string
	if !c.Link {
		var err error
		if secret, err = readPassword(to); err != nil {
			return err
		}
		if secret == "" {
			return fmt.Errorf("the password %w; or use --link", password.ErrTooShort)
		}
	}
	err := to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		p := store.PersonDetails{Name: c.Name, Email: c.Email, Role: store.Role(c.Role), Lang: c.Lang}
		id, err := add(ctx, Accounts{s}, p, secret)
		if err != nil {
			return err
		}
		fmt.Fprintln(to.Out, "added", c.Email, "with id", id)
		before, err := Accounts{s}.predecessors(ctx, id)
		if len(before) > 0 {
			fmt.Fprintln(to.Err, "warning: somebody else had this e-mail before, and Caramelo may show their chats to",
				c.Name+"; see their account in the intranet for what to do")
		}
		return err
	})
	if err != nil || !c.Link {
		return err
	}
	return (&linkCommand{Email: c.Email, PublicURL: c.PublicURL}).Run(ctx, to)
}

// add checks and adds a person, and returns the new id. Without a password they need
// a one-time link.
func add(ctx context.Context, s Accounts, p store.PersonDetails, secret string) (id string, err error) {
	for _, f := range store.PersonFields {
		*f.Of(&p) = f.Read(*f.Of(&p))
	}
	if err := acceptable(p); err != nil {
		return "", err
	}
	if secret != "" {
		if p.PasswordHash, err = hashNew(ctx, secret, p.Name, p.Email); err != nil {
			return "", err
		}
	}
	id, err = s.Create(ctx, store.CommandLine, p)
	if errors.Is(err, store.ErrConflict) {
		return "", fmt.Errorf(
			"somebody has the e-mail %s already: choose another, or use 'user password' to let them in", p.Email)
	}
	return id, err
}

func acceptable(p store.PersonDetails) error {
	for _, f := range store.PersonFields {
		why, character := f.Problem(*f.Of(&p))
		if character != "" {
			return fmt.Errorf("the %s has a character that cannot be stored: %s", f.Name, character)
		}
		if why == "" {
			continue
		}
		switch f.Name {
		case "name":
			return errors.New("the name must have 1 to 200 characters, all of them visible")
		case "email":
			return errors.New("the e-mail must be an address such as ana@example.com")
		default:
			return fmt.Errorf("the %s is not acceptable", f.Name)
		}
	}
	return nil
}
