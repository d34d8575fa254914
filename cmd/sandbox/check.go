package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/conformance"
)

// checkCmd are the flags of sandbox check. Cookies, passwords and the secret come from the
// environment or from files alone.
type checkCmd struct {
	Listen    string     `default:"127.0.0.1:8081" help:"Where to play Caramelo: the app's addresses of its API and script point there."`
	URL       []*url.URL `name:"url" required:"" sep:"none" placeholder:"URL" help:"A page of the app with the chat; may be given again. The first is opened with each fault."`
	ProjectID string     `env:"CARAMELO_PROJECT_ID" required:"" aliases:"project" placeholder:"ID" help:"The project that the app is set to."`

	CookieFile string `placeholder:"FILE" help:"Two lines, in place of CHECK_COOKIE and CHECK_COOKIE_OTHER."`

	Login         *url.URL `placeholder:"URL" help:"The page with the app's form to sign in, in place of cookies."`
	LoginUser     string   `placeholder:"NAME" help:"The name of the form's field for the name; without it the one before the password."`
	LoginPassword string   `placeholder:"NAME" help:"The name of the form's field for the password; without it the one of that type."`
	PeopleFile    string   `placeholder:"FILE" help:"Two lines, each a name, a space and a password, in place of CHECK_USER, CHECK_PASSWORD, CHECK_USER_OTHER, CHECK_PASSWORD_OTHER."`

	Logout      *url.URL      `placeholder:"URL" help:"Where the app signs out. It ends the first person's session."`
	RedirectURL *url.URL      `placeholder:"URL" help:"An address of the app that redirects somebody who is signed in."`
	ErrorURL    *url.URL      `placeholder:"URL" help:"An address of the app that is an error page; without it one that nobody has."`
	Budget      time.Duration `default:"5s" help:"How long a page may take while Caramelo does not answer."`

	JSON  bool   `name:"json" help:"Print one JSON document: checks, each with id, level, seen and mend; and how many there are of each level."`
	JUnit string `name:"junit" placeholder:"FILE" help:"Also write the checks as a test suite for a build server."`
}

// Help says what --help says of the command.
func (checkCmd) Help() string {
	return `Plays Caramelo to an app in any language, opens its pages as two people, with everything that can go wrong
at Caramelo, and says line by line what holds, what does not, and how to mend it. docs/checking.md has every line.

The people's sessions are read from CHECK_COOKIE and CHECK_COOKIE_OTHER; or, with --login, their names and
passwords from CHECK_USER, CHECK_PASSWORD, CHECK_USER_OTHER and CHECK_PASSWORD_OTHER. The secret is the one that the
app has, from CARAMELO_SECRET_TOKEN, or from the file named by CARAMELO_SECRET_TOKEN_FILE.

Ends within two minutes. Exits with 0 only if nothing has failed: warnings do not count.`
}

func (c checkCmd) run(ctx context.Context, stdout io.Writer) error {
	secret, err := secretToken()
	if err != nil {
		return fmt.Errorf("the check cannot start: %w", err)
	}
	if secret == "" {
		return errors.New("the check cannot start: set CARAMELO_SECRET_TOKEN to the secret that the app has: any " +
			"text does, as long as it is the same")
	}
	people, err := c.people()
	if err != nil {
		return fmt.Errorf("the check cannot start: %w", err)
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s (choose another with --listen, or end the sandbox that is there): %w",
			c.Listen, err)
	}
	all, err := conformance.Run(ctx, conformance.Config{
		Listener:    listener,
		ProjectID:   c.ProjectID,
		SecretToken: secret,
		Pages:       c.URL,
		People:      people,
		Login:       conformance.Login{Page: c.Login, User: c.LoginUser, Password: c.LoginPassword},
		Logout:      c.Logout,
		Redirect:    c.RedirectURL,
		Missing:     c.ErrorURL,
		Budget:      c.Budget,
	})
	if err != nil {
		return fmt.Errorf("the check cannot start (settings: CARAMELO_SECRET_TOKEN and the flags):\n%w", err)
	}
	if err := c.report(stdout, all); err != nil {
		return err
	}
	if failures := checks.Count(all)[checks.Failure]; failures > 0 {
		return fmt.Errorf("not all is well: %d of %d checks failed", failures, len(all))
	}
	return nil
}

func (c checkCmd) report(stdout io.Writer, all []checks.Check) error {
	if c.JUnit != "" {
		file, err := os.Create(c.JUnit) // #nosec G304 -- the person who starts the program names the file
		if err != nil {
			return fmt.Errorf("write --junit: %w", err)
		}
		if err := errors.Join(checks.PrintJUnit(file, "caramelo", all), file.Close()); err != nil {
			return fmt.Errorf("write --junit: %w", err)
		}
	}
	if c.JSON {
		return checks.PrintJSON(stdout, all)
	}
	checks.Print(stdout, all)
	return nil
}

// people are those who sign in, from files or from the environment.
func (c checkCmd) people() (people []conformance.Person, err error) {
	if c.Login == nil {
		cookies := []string{os.Getenv("CHECK_COOKIE"), os.Getenv("CHECK_COOKIE_OTHER")}
		if c.CookieFile != "" {
			if cookies, err = lines(c.CookieFile); err != nil {
				return nil, err
			}
		}
		for _, cookie := range cookies {
			if cookie != "" {
				people = append(people, conformance.Person{Cookie: cookie})
			}
		}
		if len(people) == 0 {
			return nil, errors.New("sign in with a browser, and set CHECK_COOKIE to its cookies (a=b; c=d), or " +
				"give --login")
		}
		return people, nil
	}
	pairs := []string{
		os.Getenv("CHECK_USER") + " " + os.Getenv("CHECK_PASSWORD"),
		os.Getenv("CHECK_USER_OTHER") + " " + os.Getenv("CHECK_PASSWORD_OTHER"),
	}
	if c.PeopleFile != "" {
		if pairs, err = lines(c.PeopleFile); err != nil {
			return nil, err
		}
	}
	for i, pair := range pairs {
		name, password, _ := strings.Cut(pair, " ")
		switch {
		case name != "" && password != "":
			people = append(people, conformance.Person{Name: name, Password: password})
		case c.PeopleFile != "":
			return nil, fmt.Errorf("line %d of --people-file is not a name, a space and a password", i+1)
		case i == 0:
			return nil, errors.New("set CHECK_USER and CHECK_PASSWORD: the name and the password of somebody who can " +
				"sign in at --login")
		case name+password != "":
			return nil, errors.New("set both CHECK_USER_OTHER and CHECK_PASSWORD_OTHER, or neither")
		}
	}
	if len(people) == 0 {
		return nil, errors.New("--people-file is empty: each line is a name, a space and a password")
	}
	return people, nil
}

// lines are those of a file that are not empty.
func lines(path string) (all []string, err error) {
	data, err := os.ReadFile(path) // #nosec G304 -- the person who starts the program names the file
	if err != nil {
		return nil, fmt.Errorf("read the people's sessions: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			all = append(all, line)
		}
	}
	return all, nil
}
