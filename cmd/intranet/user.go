package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/term"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/store"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a person; the password is read from standard input."`
	List     userListCmd     `cmd:"" help:"List everybody: e-mail, name, role, language, and whether they may sign in."`
	Disable  userDisableCmd  `cmd:"" help:"Keep a person out, at once."`
	Enable   userEnableCmd   `cmd:"" help:"Let a person in again."`
	Password userPasswordCmd `cmd:"" help:"Set a new password, read from standard input; ends the person's sessions."`
}

type userAddCmd struct {
	Email string `required:"" help:"Address to sign in with."`
	Name  string `required:"" help:"Name as colleagues see it."`
	Role  string `default:"employee" enum:"employee,editor,admin" help:"${enum}"`
	Lang  string `default:"en" enum:"en,pt,es" help:"${enum}"`
}

func (c *userAddCmd) Run(ctx context.Context, std streams) error {
	secret, err := readPassword(std)
	if err != nil {
		return err
	}
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		id, err := app.AddPerson(ctx, s, store.NewPerson{Name: c.Name, Email: c.Email, Role: store.Role(c.Role), Lang: c.Lang}, secret)
		if err == nil {
			fmt.Fprintln(std.out, "added", c.Email, "with id", id)
		}
		return err
	})
}

type userListCmd struct{}

func (userListCmd) Run(ctx context.Context, std streams) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		people, err := s.Accounts(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "E-MAIL\tNAME\tROLE\tLANG\tSTATE")
		for _, p := range people {
			state := "enabled"
			if !p.Active {
				state = "disabled"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", p.Email, p.Name, p.Role, p.Lang, state)
		}
		return out.Flush()
	})
}

type userDisableCmd struct {
	Email string `arg:""`
}

func (c *userDisableCmd) Run(ctx context.Context) error { return setActive(ctx, c.Email, false) }

type userEnableCmd struct {
	Email string `arg:""`
}

func (c *userEnableCmd) Run(ctx context.Context) error { return setActive(ctx, c.Email, true) }

func setActive(ctx context.Context, email string, active bool) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		return app.SetActive(ctx, s, email, active)
	})
}

type userPasswordCmd struct {
	Email string `arg:""`
}

func (c *userPasswordCmd) Run(ctx context.Context, std streams) error {
	secret, err := readPassword(std)
	if err != nil {
		return err
	}
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		return app.SetPassword(ctx, s, c.Email, secret)
	})
}

// readPassword reads one line, without showing it where a person types it.
func readPassword(std streams) (string, error) {
	if term.IsTerminal(int(std.in.Fd())) {
		fmt.Fprint(std.err, "Password: ")
		secret, err := term.ReadPassword(int(std.in.Fd()))
		fmt.Fprintln(std.err)
		return string(secret), err
	}
	line, err := bufio.NewReader(io.LimitReader(std.in, 8<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// withPool runs f with a pool on DATABASE_URL.
func withPool(ctx context.Context, f func(context.Context, *pgxpool.Pool) error) error {
	var settings app.Settings
	settings.ReadSecrets()
	if settings.DatabaseURL.Blank() {
		return errors.New("DATABASE_URL is missing: set it to something like postgres://user:password@host/database")
	}
	pool, err := app.OpenPool(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	return f(ctx, pool)
}

// withStore is withPool for commands that need the tables: it migrates first,
// so that they work on a new database too.
func withStore(ctx context.Context, f func(context.Context, *store.Store) error) error {
	return withPool(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		if err := store.Migrate(ctx, pool); err != nil {
			return err
		}
		return f(ctx, store.New(pool))
	})
}
