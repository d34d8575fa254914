package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Login is a seeded person and their password, which is shown once and stored nowhere.
type Login struct {
	Email, Password string
	Role            store.Role
}

// Seed fills an empty database with the demo company, and with more people until there are
// as many as asked for. passwordFor gives each persona a password; nobody else has one.
// progress may be nil. It returns store.ErrConflict if the database holds people already.
func Seed(
	ctx context.Context, s *store.Store, people int, progress func(people int), passwordFor func(email string) string,
) ([]Login, error) {
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

// RandomPassword is a password that nobody can guess (130 bits).
func RandomPassword() string { return grouped(rand.Text()) }

// DerivedPassword is always the same for the same key and e-mail, so that the demo's logins
// stay the same and need not be stored. It has 80 bits, so that it can be typed.
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
			bar := strings.Repeat("#", full) + strings.Repeat(".", width-full)
			fmt.Fprintf(w, "\r[%s] %d of %d people", bar, done, people)
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
