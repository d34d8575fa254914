// Package mail sends people mail: an outbox in Postgres, which is written in the transaction of
// what a mail tells of, and a sender, of which each replica has one. A mail is put together when
// it is sent. What there is to tell belongs to others: each part of the intranet gives its kinds.
package mail

import (
	"context"
	"embed"
	"errors"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// Kind is one of the things that people get mail of.
type Kind struct {
	// Name is that in the outbox. Its text has the key mail.kind.<name>.
	Name string
	// Always is for what keeps an account safe: nobody can do without it.
	Always bool
	// Life is how long it is of use.
	Life time.Duration
	// Compose puts a mail together, in the language of ctx. It returns ErrNeedless where there
	// is nothing to tell any more.
	Compose func(ctx context.Context, about Mail) (Letter, error)

	// Recipients is a SELECT of the ids of the people whom a round tells of $1, those behind
	// $2 in the order of their ids, $3 at most. See Outbox.Round.
	Recipients string
	// Due is a SELECT of what a round is to begin about now, by the clock. What was in it
	// before is told once.
	Due string
}

// Mail is one that is to be sent.
type Mail struct {
	Store  *store.Store
	To     Recipient
	About  string // as it was queued
	Secret string
	At     time.Time // when it was queued
	// Link makes an address of a path of the intranet.
	Link func(path string) string
}

// Recipient is who a mail is for.
type Recipient struct {
	ID, Name, Email string
	Zone            *time.Location
}

// Letter is what a mail says, in its reader's language. It is plain text.
type Letter struct {
	Subject    string
	Paragraphs []string
	Facts      []Fact
	Button     Button // what to do; zero for nothing
	After      []string
}

// Fact is a line of a letter, such as a time.
type Fact struct{ Name, Value string }

// Button leads from a letter into the intranet.
type Button struct{ Text, URL string }

// ErrNeedless says that there is nothing to tell any more.
var ErrNeedless = errors.New("there is nothing to tell any more")

// Failed is recorded where a mail that was for one person cannot be delivered.
const Failed store.Action = "mail.failed"

//go:embed en.json pt.json es.json
var Texts embed.FS
