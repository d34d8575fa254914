package app

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/static/brand"
)

// Login is a seeded person and their password: shown once by a command, stored
// nowhere.
type Login struct {
	Email, Password string
	Role            store.Role
}

// Seed fills an empty database with the demo company, and with made-up people
// until there are that many. passwordFor gives each persona a password; everybody
// else gets none. progress may be nil. It returns store.ErrConflict where anybody
// is in the database already.
func Seed(ctx context.Context, s *store.Store, people int, progress func(people int), passwordFor func(email string) string) ([]Login, error) {
	passwords, err := password.NewHasher()
	if err != nil {
		return nil, err
	}
	company, logins, hashes := seed.CompanyOf(time.Now(), people), []Login(nil), map[string]string{}
	company.Progress = progress
	for _, persona := range seed.Personas() {
		login := Login{Email: persona.Email, Password: passwordFor(persona.Email), Role: persona.Role}
		if hashes[persona.Email], err = passwords.Hash(ctx, login.Password); err != nil {
			return nil, err
		}
		logins = append(logins, login)
	}
	for i := range company.People {
		company.People[i].PasswordHash = hashes[company.People[i].Email]
	}
	if err := s.Seed(ctx, company, web.Demos(features.All())...); err != nil {
		return nil, err
	}
	return logins, nil
}

// RandomPassword is one that nobody guesses (130 bits).
func RandomPassword() string { return grouped(rand.Text()) }

// DerivedPassword is the same for the same key and e-mail: the demo's logins
// stay what they were without being written down. 80 bits, so that it can be
// typed.
func DerivedPassword(key []byte, email string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(email))
	return grouped(base32.StdEncoding.EncodeToString(mac.Sum(nil))[:16])
}

// grouped writes a base32 text in groups of four: abcd-efgh-ijkl-mnop.
func grouped(text string) string {
	var groups []string
	for group := range slices.Chunk([]byte(strings.ToLower(text)), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// AddPerson checks and adds a person, and returns the new id. Without a password
// they need a one-time link, see Invite.
func AddPerson(ctx context.Context, s *store.Store, p store.NewPerson, secret string) (id string, err error) {
	p.Name, p.Email = store.Line(p.Name), store.Line(p.Email)
	if err := acceptable(p.Details()); err != nil {
		return "", err
	}
	if secret != "" {
		if p.PasswordHash, err = hashNew(ctx, secret, p.Name, p.Email); err != nil {
			return "", err
		}
	}
	id, err = s.CreatePerson(ctx, store.CommandLine, p)
	if errors.Is(err, store.ErrConflict) {
		return "", fmt.Errorf("somebody has the e-mail %s already: choose another, or use 'user password' to let them in", p.Email)
	}
	return id, err
}

// EditPerson changes what is not empty in change.
func EditPerson(ctx context.Context, s *store.Store, email string, change store.PersonDetails) error {
	return withAccount(ctx, s, email, func(id string) error {
		account, err := s.Account(ctx, "en", id)
		if err != nil {
			return err
		}
		p := account.Person
		d := store.PersonDetails{
			Name: cmp.Or(change.Name, p.Name), Email: cmp.Or(change.Email, p.Email), Lang: cmp.Or(change.Lang, p.Lang),
			Department: cmp.Or(change.Department, p.Department), Title: cmp.Or(change.Title, p.Title),
			Manager: account.Manager, Phone: p.Phone, Skills: p.Skills,
		}
		if err := acceptable(d); err != nil {
			return err
		}
		if d.Department != "" && !slices.ContainsFunc(account.Departments, func(known store.Department) bool { return known.Slug == d.Department }) {
			return fmt.Errorf("there is no department %q", d.Department)
		}
		err = s.UpdatePerson(ctx, store.CommandLine, id, account.Version, d)
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("somebody has the e-mail %s already", d.Email)
		}
		return err
	})
}

// Progress returns a function that shows on w how far the seeding of that many
// people is: as a bar where w is a terminal, else in a line for each tenth.
func Progress(w io.Writer, people int) func(done int) {
	file, ok := w.(*os.File)
	bar, tenth := ok && term.IsTerminal(int(file.Fd())), 0
	return func(done int) {
		if people <= 0 {
			return
		}
		done = min(done, people)
		switch now := done * 10 / people; {
		case bar:
			const width = 40
			full := done * width / people
			fmt.Fprintf(w, "\r[%s%s] %d of %d people", strings.Repeat("#", full), strings.Repeat(".", width-full), done, people)
			if done == people {
				fmt.Fprintln(w)
			}
		case now > tenth:
			tenth = now
			fmt.Fprintf(w, "%d %% of %d people\n", now*10, people)
		}
		if done == people {
			fmt.Fprintln(w, "Indexing them for the search, which takes about as long again")
		}
	}
}

func acceptable(d store.PersonDetails) error {
	for _, field := range d.Invalid() {
		switch field {
		case "name":
			return errors.New("the name must have 1 to 200 characters, all of them visible")
		case "email":
			return errors.New("the e-mail must be an address such as ana@example.com")
		default:
			return fmt.Errorf("the %s is not acceptable", field)
		}
	}
	return nil
}

// SetPassword checks and stores a new password, and ends the person's sessions.
func SetPassword(ctx context.Context, s *store.Store, email, secret string) error {
	return withAccount(ctx, s, email, func(id string) error {
		account, err := s.Account(ctx, "en", id)
		if err != nil {
			return err
		}
		hash, err := hashNew(ctx, secret, account.Person.Name, account.Person.Email)
		if err != nil {
			return err
		}
		return s.SetPassword(ctx, store.CommandLine, id, hash)
	})
}

// SetActive enables or disables a person, and ends their sessions.
func SetActive(ctx context.Context, s *store.Store, email string, active bool) error {
	return withAccount(ctx, s, email, func(id string) error { return s.SetActive(ctx, store.CommandLine, id, active) })
}

// SetRole changes what a person may do, and ends their sessions.
func SetRole(ctx context.Context, s *store.Store, email string, role store.Role) error {
	return withAccount(ctx, s, email, func(id string) error {
		account, err := s.Account(ctx, "en", id)
		if err != nil {
			return err
		}
		return s.SetRole(ctx, store.CommandLine, id, account.Version, role)
	})
}

// SignOut ends all sessions of a person.
func SignOut(ctx context.Context, s *store.Store, email string) error {
	return withAccount(ctx, s, email, func(id string) error { return s.RevokeSessions(ctx, store.CommandLine, id) })
}

// ResetSecondFactor removes a person's second factor, and ends their sessions.
func ResetSecondFactor(ctx context.Context, s *store.Store, email string) error {
	return withAccount(ctx, s, email, func(id string) error { return s.ResetSecondFactor(ctx, store.CommandLine, id) })
}

// Invite makes a one-time link with which a person sets their password.
func Invite(ctx context.Context, s *store.Store, email, publicURL string) (link string, err error) {
	public, err := parsePublicURL(publicURL)
	if err != nil {
		return "", fmt.Errorf("PUBLIC_URL %w", err)
	}
	err = withAccount(ctx, s, email, func(id string) error {
		code, err := s.Invite(ctx, store.CommandLine, id)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s is disabled: use 'user enable' first", email)
		}
		link = paths.InvitationLink(public.String(), code)
		return err
	})
	return link, err
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

// withAccount finds the person with that e-mail, and puts what the store says in
// words for a command line.
func withAccount(ctx context.Context, s *store.Store, email string, f func(id string) error) error {
	id, err := s.AccountID(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("nobody has the e-mail %q: 'user list' shows everybody", email)
	}
	if err == nil {
		err = f(id)
	}
	if errors.Is(err, store.ErrLastAdmin) {
		return errors.New("this is the last admin who can sign in: make somebody else one first")
	}
	return err
}
