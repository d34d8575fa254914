package inspector

import (
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/web"
)

// Handshake is a call to Caramelo for one page. It holds neither the secret nor
// the token, and nothing of the answer as it came. In JSON it has the names of the columns.
type Handshake struct {
	N           int64         `json:"-"`  // in the order in which they were written
	ID          string        `json:"id"` // that of the page's request, as in the log
	At          time.Time     `json:"at"`
	Replica     string        `json:"replica"` // that served the page
	Page        string        `json:"page"`    // its path
	PersonID    string        `json:"person_id"`
	Name        string        `json:"name"`
	Email       string        `json:"email"`
	Lang        string        `json:"lang"`
	Kind        string        `json:"kind"` // how it ended
	Status      int           `json:"status"`
	Calls       int           `json:"calls"`
	Problem     string        `json:"problem"` // in English, as in the log; "" for none
	Duration    time.Duration `json:"duration"`
	Connect     time.Duration `json:"connect"`
	TLS         time.Duration `json:"tls"`
	Wait        time.Duration `json:"wait"`
	Read        time.Duration `json:"read"`
	Held        time.Duration `json:"held"`             // that the page waited for it
	Type        string        `json:"type"`             // of the answer's content
	Size        int           `json:"size"`             // of the answer
	Keys        []string      `json:"keys"`             // the documented ones that the answer had
	Expires     time.Time     `json:"expires,omitzero"` // zero: unknown
	ProjectID   string        `json:"project_id"`
	web.Browser `json:"-"`
}

// ok reports whether there was a token.
func (h Handshake) ok() bool { return h.Kind == string(caramelo.OK) }

// bad reports whether something went wrong. That a person left first is nothing wrong.
func (h Handshake) bad() bool { return !h.ok() && h.Kind != string(caramelo.Canceled) }
