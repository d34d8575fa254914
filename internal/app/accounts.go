package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
)

// Login is a seeded person and their password: shown once by a command, stored
// nowhere.
type Login struct {
	Email, Password string
	Role            store.Role
}

// Seed fills an empty database with the demo company. passwordFor gives each
// persona a password; everybody else gets none. It returns store.ErrConflict
// where anybody is in the database already.
func Seed(ctx context.Context, s *store.Store, passwordFor func(email string) string) ([]Login, error) {
	passwords, err := password.NewHasher()
	if err != nil {
		return nil, err
	}
	company, logins, hashes := seed.Company(time.Now()), []Login(nil), map[string]string{}
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
	if err := s.Seed(ctx, company); err != nil {
		return nil, err
	}
	return logins, nil
}

// RandomPassword is one that nobody guesses (80 bits) and everybody can type.
func RandomPassword() string { return grouped(rand.Text()) }

// DerivedPassword is the same for the same key and e-mail: the demo's logins
// stay what they were without being written down.
func DerivedPassword(key []byte, email string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(email))
	return grouped(base32.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// grouped makes four groups of four of a base32 text: abcd-efgh-ijkl-mnop.
func grouped(text string) string {
	text = strings.ToLower(text)
	return text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// AddPerson checks and adds a person, and returns the new id.
func AddPerson(ctx context.Context, s *store.Store, p store.NewPerson, secret string) (id string, err error) {
	p.Name, p.Email = strings.TrimSpace(p.Name), strings.TrimSpace(p.Email)
	if n := utf8.RuneCountInString(p.Name); n == 0 || n > 200 || !utf8.ValidString(p.Name) || strings.ContainsFunc(p.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", errors.New("the name must have 1 to 200 characters, all of them visible")
	}
	if address, err := mail.ParseAddress(p.Email); err != nil || address.Address != p.Email || len(p.Email) > 254 || !utf8.ValidString(p.Email) {
		return "", errors.New("the e-mail must be an address such as ana@example.com")
	}
	if p.PasswordHash, err = hashNew(ctx, secret); err != nil {
		return "", err
	}
	id, err = s.CreatePerson(ctx, p)
	if errors.Is(err, store.ErrConflict) {
		return "", fmt.Errorf("somebody has the e-mail %s already: choose another, or use 'user password' to let them in", p.Email)
	}
	return id, err
}

// SetPassword checks and stores a new password, and ends the person's sessions.
func SetPassword(ctx context.Context, s *store.Store, email, secret string) error {
	hash, err := hashNew(ctx, secret)
	if err != nil {
		return err
	}
	return unknown(s.SetPassword(ctx, email, hash), email)
}

// SetActive enables or disables a person; disabling ends their sessions.
func SetActive(ctx context.Context, s *store.Store, email string, active bool) error {
	return unknown(s.SetActive(ctx, email, active), email)
}

func hashNew(ctx context.Context, secret string) (string, error) {
	if err := password.Acceptable(secret); err != nil {
		return "", fmt.Errorf("the password %w", err)
	}
	passwords, err := password.NewHasher()
	if err != nil {
		return "", err
	}
	return passwords.Hash(ctx, secret)
}

func unknown(err error, email string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("nobody has the e-mail %q: 'user list' shows everybody", email)
	}
	return err
}
