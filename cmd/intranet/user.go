package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/term"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a person; the password is read from standard input."`
	Import   userImportCmd   `cmd:"" help:"Add and change people from a CSV file: all of them, or nobody where a line is wrong."`
	List     userListCmd     `cmd:"" help:"List everybody: e-mail, name, role, language, and whether they may sign in."`
	Edit     userEditCmd     `cmd:"" help:"Change a person's details."`
	Role     userRoleCmd     `cmd:"" help:"Change what a person may do; ends their sessions."`
	Link     userLinkCmd     `cmd:"" help:"Make a one-time link with which a person sets their own password, and print it."`
	Disable  userDisableCmd  `cmd:"" help:"Keep a person out, at once."`
	Enable   userEnableCmd   `cmd:"" help:"Let a person in again."`
	Signout  userSignoutCmd  `cmd:"" help:"End all sessions of a person."`
	Password userPasswordCmd `cmd:"" help:"Set a new password, read from standard input; ends the person's sessions."`
	Factor   userFactorCmd   `cmd:"" help:"Remove a person's second factor, for a lost phone; ends their sessions."`
}

type userAddCmd struct {
	Email     string `required:"" help:"Address to sign in with."`
	Name      string `required:"" help:"Name as colleagues see it."`
	Role      string `default:"employee" enum:"employee,editor,admin" help:"${enum}"`
	Lang      string `default:"en" enum:"en,pt,es" help:"${enum}"`
	Link      bool   `help:"Print a one-time link to set the password with, instead of reading one."`
	PublicURL string `env:"PUBLIC_URL" placeholder:"URL" help:"Where people reach the intranet; for --link."`
}

func (c *userAddCmd) Run(ctx context.Context, std streams) error {
	var secret string
	if !c.Link {
		var err error
		if secret, err = readPassword(std); err != nil {
			return err
		}
		if secret == "" {
			return fmt.Errorf("the password %w; or use --link", password.ErrTooShort)
		}
	}
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		id, err := app.AddPerson(ctx, s, store.NewPerson{Name: c.Name, Email: c.Email, Role: store.Role(c.Role), Lang: c.Lang}, secret)
		if err != nil {
			return err
		}
		fmt.Fprintln(std.out, "added", c.Email, "with id", id)
		if !c.Link {
			return nil
		}
		return printLink(ctx, std, s, c.Email, c.PublicURL)
	})
}

type userLinkCmd struct {
	Email     string `arg:""`
	PublicURL string `env:"PUBLIC_URL" placeholder:"URL" help:"Where people reach the intranet."`
}

func (c *userLinkCmd) Run(ctx context.Context, std streams) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error { return printLink(ctx, std, s, c.Email, c.PublicURL) })
}

func printLink(ctx context.Context, std streams, s *store.Store, email, publicURL string) error {
	link, err := app.Invite(ctx, s, strings.TrimSpace(email), publicURL)
	if err == nil {
		fmt.Fprintf(std.out, "%s\nIt works once, within %v. Hand it over by a channel you trust.\n", link, store.InvitationLife)
	}
	return err
}

type userEditCmd struct {
	Email      string `arg:"" help:"The address they have now."`
	NewEmail   string `help:"Address to sign in with from now on."`
	Name       string `help:"Name as colleagues see it."`
	Title      string `help:"Job title."`
	Department string `help:"Slug of their department."`
	Lang       string `help:"en, pt or es."`
}

func (c *userEditCmd) Run(ctx context.Context) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		return app.EditPerson(ctx, s, c.Email, store.PersonDetails{Name: c.Name, Email: c.NewEmail, Lang: c.Lang, Department: c.Department, Title: c.Title})
	})
}

// whoArg is the person whom a command is about.
type whoArg struct {
	Email string `arg:""`
}

type userRoleCmd struct {
	Email string `arg:""`
	Role  string `arg:"" enum:"employee,editor,admin" help:"${enum}"`
}

func (c *userRoleCmd) Run(ctx context.Context) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		return app.SetRole(ctx, s, c.Email, store.Role(c.Role))
	})
}

type userSignoutCmd struct{ whoArg }

func (c *userSignoutCmd) Run(ctx context.Context) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error { return app.SignOut(ctx, s, c.Email) })
}

type userFactorCmd struct{ whoArg }

func (c *userFactorCmd) Run(ctx context.Context) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error { return app.ResetSecondFactor(ctx, s, c.Email) })
}

type userImportCmd struct {
	File   string `arg:"" type:"existingfile" help:"UTF-8, with columns such as name, email, department and manager."`
	DryRun bool   `help:"Only say what would happen."`
}

func (c *userImportCmd) Run(ctx context.Context, std streams) error {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		tried, err := s.ImportPeople(ctx, store.CommandLine, string(file), func(store.Import) bool { return !c.DryRun })
		if err != nil {
			return err
		}
		for _, p := range tried.Problems {
			fmt.Fprintf(std.err, "line %d: %s\n", p.Line, views.ImportProblem(ctx, p))
		}
		if n := len(tried.Problems); n > 0 {
			return fmt.Errorf("%d problems: nobody was imported", n)
		}
		if c.DryRun {
			for _, line := range tried.Lines {
				for _, f := range line.Fields {
					fmt.Fprintf(std.out, "%s: %s\n", line.Person.Email, views.ImportField(ctx, tried, f))
				}
			}
			fmt.Fprint(std.out, "nothing was changed; it would be: ")
		}
		fmt.Fprintf(std.out, "%d added, %d changed, %d unchanged\n", tried.Count(store.ImportAdds), tried.Count(store.ImportChanges), tried.Count(store.ImportKeeps))
		return nil
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

type userDisableCmd struct{ whoArg }

func (c *userDisableCmd) Run(ctx context.Context) error { return setActive(ctx, c.Email, false) }

type userEnableCmd struct{ whoArg }

func (c *userEnableCmd) Run(ctx context.Context) error { return setActive(ctx, c.Email, true) }

func setActive(ctx context.Context, email string, active bool) error {
	return withStore(ctx, func(ctx context.Context, s *store.Store) error { return app.SetActive(ctx, s, email, active) })
}

type userPasswordCmd struct{ whoArg }

func (c *userPasswordCmd) Run(ctx context.Context, std streams) error {
	secret, err := readPassword(std)
	if err != nil {
		return err
	}
	return withStore(ctx, func(ctx context.Context, s *store.Store) error { return app.SetPassword(ctx, s, c.Email, secret) })
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
	url, err := settings.Database()
	if err != nil {
		return err
	}
	pool, err := app.OpenPool(ctx, url)
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
