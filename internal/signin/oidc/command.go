package oidc

import (
	"context"
	"errors"
	"fmt"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// commands are those of `intranet user`. kong calls their Run.
type commands struct {
	Unlink unlinkCommand `cmd:"" order:"1200" help:"Forget who a person is at the company's provider; ends their sessions."`
}

type unlinkCommand struct {
	Email string `arg:""`
}

// Run forgets it. At their next sign-in they are linked anew.
func (c *unlinkCommand) Run(ctx context.Context, to web.Command) error {
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		err := Unlink(ctx, s, store.CommandLine, c.Email)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("nobody with the e-mail %q has signed in with a provider", c.Email)
		}
		return err
	})
}
