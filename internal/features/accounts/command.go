package accounts

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/static/brand"
)

// commands are those of `intranet user`. kong calls their Run.
type commands struct {
	Add      addCommand      `cmd:"" order:"100" help:"Add a person; the password is read from standard input."`
	List     listCommand     `cmd:"" order:"300" help:"List everybody: e-mail, name, role, language, and whether they may sign in."`
	Edit     editCommand     `cmd:"" order:"400" help:"Change a person's details."`
	Role     roleCommand     `cmd:"" order:"500" help:"Change what a person may do; ends their sessions."`
	Link     linkCommand     `cmd:"" order:"600" help:"Make a one-time link with which a person sets their own password, and print it."`
	Disable  disableCommand  `cmd:"" order:"700" help:"Keep a person out, at once."`
	Enable   enableCommand   `cmd:"" order:"800" help:"Let a person in again."`
	Signout  signoutCommand  `cmd:"" order:"900" help:"End all sessions of a person, or of everybody."`
	Password passwordCommand `cmd:"" order:"1000" help:"Set a new password, read from standard input; ends the person's sessions."`
	Factor   factorCommand   `cmd:"" order:"1100" help:"Remove a person's second factor, for a lost phone; ends their sessions."`
}

// A deed is what a command does to somebody's account.
type deed func(ctx context.Context, s Accounts, a Account) error

// withAccount finds the person with that e-mail, and puts what the store says in
// words for a command line.
func withAccount(ctx context.Context, to web.Command, email string, do deed) error {
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		all := Accounts{s}
		id, err := all.ID(ctx, email)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("nobody has the e-mail %q: 'user list' shows everybody", email)
		}
		if err != nil {
			return err
		}
		account, err := all.Account(ctx, "en", id)
		if err == nil {
			err = do(ctx, all, account)
		}
		if errors.Is(err, store.ErrLastAdmin) {
			return errors.New("this is the last admin who can sign in: make somebody else one first")
		}
		return err
	})
}

func hashNew(ctx context.Context, secret string, about ...string) (string, error) {
	if err := password.Acceptable(secret, append(about, brand.Company)...); err != nil {
		return "", fmt.Errorf("the password %w", err)
	}
	passwords, err := password.NewHasher()
	if err != nil {
		return "", err
	}
	return passwords.Hash(ctx, secret)
}

type linkCommand struct {
	Email     string `arg:""`
	PublicURL string `env:"PUBLIC_URL" placeholder:"URL" help:"Where people reach the intranet."`
}

func (c *linkCommand) Run(ctx context.Context, to web.Command) error {
	public, err := to.PublicURL(c.PublicURL)
	if err != nil {
		return fmt.Errorf("PUBLIC_URL %w", err)
	}
	email := strings.TrimSpace(c.Email)
	return withAccount(ctx, to, email, func(ctx context.Context, s Accounts, a Account) error {
		code, err := signin.Invite(ctx, s.Store, store.CommandLine, a.ID)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s is disabled: use 'user enable' first", email)
		}
		if err == nil {
			fmt.Fprintf(to.Out, "%s\nIt works once, within %v. Hand it over by a channel you trust.\n",
				paths.InvitationLink(public.String(), code), signin.InvitationLife)
		}
		return err
	})
}

// editCommand has the flags of store.PersonFields.
type editCommand struct {
	Email      string `arg:"" help:"The address they have now."`
	NewEmail   string `help:"Address to sign in with from now on."`
	Name       string `help:"Name as colleagues see it."`
	Title      string `help:"Job title."`
	Department string `help:"Slug of their department."`
	Lang       string `help:"en, pt or es."`
}

// Run changes what was given.
func (c *editCommand) Run(ctx context.Context, to web.Command, parsed *kong.Context) error {
	given := map[string]string{}
	for _, flag := range parsed.Selected().Flags {
		given[flag.Name] = fmt.Sprint(parsed.FlagValue(flag))
	}
	return withAccount(ctx, to, c.Email, func(ctx context.Context, s Accounts, a Account) error {
		p := a.Written
		for _, f := range store.PersonFields {
			*f.Of(&p) = cmp.Or(f.Read(given[f.Flag]), *f.Of(&p))
		}
		if err := acceptable(p); err != nil {
			return err
		}
		known := func(known store.Department) bool { return known.Slug == p.Department }
		if p.Department != "" && !slices.ContainsFunc(a.Departments, known) {
			return fmt.Errorf("there is no department %q", p.Department)
		}
		err := s.Update(ctx, store.CommandLine, a.ID, a.Version, p)
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("somebody has the e-mail %s already", p.Email)
		}
		return err
	})
}

// whoArg is the person whom a command is about.
type whoArg struct {
	Email string `arg:""`
}

type roleCommand struct {
	Email string `arg:""`
	Role  string `arg:"" enum:"employee,editor,admin" help:"${enum}"`
}

func (c *roleCommand) Run(ctx context.Context, to web.Command) error {
	return withAccount(ctx, to, c.Email, func(ctx context.Context, s Accounts, a Account) error {
		return s.SetRole(ctx, store.CommandLine, a.ID, a.Version, store.Role(c.Role))
	})
}

type signoutCommand struct {
	Email string `arg:"" optional:""`
	All   bool   `help:"Of everybody: after a restore, or a failover that has lost something."`
}

func (c *signoutCommand) Run(ctx context.Context, to web.Command) error {
	if c.All == (c.Email != "") {
		return errors.New("name a person, or everybody with --all")
	}
	if c.All {
		return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
			return Accounts{s}.RevokeAll(ctx, store.CommandLine)
		})
	}
	return withAccount(ctx, to, c.Email, func(ctx context.Context, s Accounts, a Account) error {
		return s.RevokeSessions(ctx, store.CommandLine, a.ID)
	})
}

type factorCommand struct{ whoArg }

func (c *factorCommand) Run(ctx context.Context, to web.Command) error {
	return withAccount(ctx, to, c.Email, func(ctx context.Context, s Accounts, a Account) error {
		return s.ResetSecondFactor(ctx, store.CommandLine, a.ID, nil)
	})
}

type listCommand struct{}

func (listCommand) Run(ctx context.Context, to web.Command) error {
	return to.Store(ctx, func(ctx context.Context, s *store.Store) error {
		people, err := Accounts{s}.Everybody(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(to.Out, 0, 0, 2, ' ', 0)
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

type disableCommand struct{ whoArg }

func (c *disableCommand) Run(ctx context.Context, to web.Command) error {
	return setActive(ctx, to, c.Email, false)
}

type enableCommand struct{ whoArg }

func (c *enableCommand) Run(ctx context.Context, to web.Command) error {
	return setActive(ctx, to, c.Email, true)
}

func setActive(ctx context.Context, to web.Command, email string, active bool) error {
	return withAccount(ctx, to, email, func(ctx context.Context, s Accounts, a Account) error {
		return s.SetActive(ctx, store.CommandLine, a.ID, active)
	})
}

type passwordCommand struct{ whoArg }

func (c *passwordCommand) Run(ctx context.Context, to web.Command) error {
	secret, err := readPassword(to)
	if err != nil {
		return err
	}
	return withAccount(ctx, to, c.Email, func(ctx context.Context, s Accounts, a Account) error {
		hash, err := hashNew(ctx, secret, a.Person.Name, a.Person.Email)
		if err != nil {
			return err
		}
		return s.SetPassword(ctx, store.CommandLine, a.ID, hash)
	})
}

// readPassword reads one line, without showing it where a person types it.
func readPassword(from web.Command) (string, error) {
	if term.IsTerminal(int(from.In.Fd())) {
		fmt.Fprint(from.Err, "Password: ")
		secret, err := term.ReadPassword(int(from.In.Fd()))
		fmt.Fprintln(from.Err)
		return string(secret), err
	}
	line, err := bufio.NewReader(io.LimitReader(from.In, 8<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
