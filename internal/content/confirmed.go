package content

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// SHA256 tells a text from every other one.
func (t Text) SHA256() string {
	text, _ := json.Marshal([]string{t.Lang, t.Title, t.Summary, t.Body}) // never fails for strings
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Shown names what a page has shown of a text.
type Shown struct {
	Edition int
	Digest  string
}

// shown reads what a form or an address names.
func shown(edition, digest string) Shown {
	return Shown{Edition: web.Number(edition), Digest: store.Plain(digest)}
}

// Confirmed is a text as it was when somebody confirmed it.
type Confirmed struct {
	Shown
	Text
	At time.Time // when the person did, or anybody for the first time
}

// maxTexts is how many texts that were confirmed are listed.
const maxTexts = 100

// Mine are the texts that a person has confirmed of a thing, the latest edition first.
func (s Store) Mine(ctx context.Context, person *store.Person, slug string) (all []Confirmed, err error) {
	batch := &pgx.Batch{}
	batch.Queue(s.Kind.SQL.Mine, store.Plain(slug), person.ID, maxTexts).Query(store.Collect(&all))
	return all, s.Send(ctx, batch, "find confirmed texts")
}

// Confirmed is one of the texts that were confirmed of a thing.
func (s Store) Confirmed(ctx context.Context, slug string, what Shown) (text Confirmed, err error) {
	batch := &pgx.Batch{}
	batch.Queue(s.Kind.SQL.Confirmed, store.Plain(slug), what.Edition, what.Digest).Query(store.CollectOne(&text))
	return text, s.Send(ctx, batch, "find a confirmed text")
}

// Mine shows the texts that the reader has confirmed, as they were then. Who has confirmed none
// is led to what there is to confirm.
func (h Handlers) Mine(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	all, err := h.Texts.Mine(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return web.Redirect(w, r, h.Texts.Kind.Show.Of(r.PathValue("slug")))
	}
	show := all[0]
	for _, c := range all {
		if c.Edition == web.Number(r.URL.Query().Get("edition")) {
			show = c
		}
	}
	return h.confirmed(w, r, p, confirmedProps{Shown: show, Mine: all, Back: h.Texts.Kind.Show.Of(r.PathValue("slug"))})
}

// Confirmed shows those who write texts one that was confirmed.
func (h Handlers) Confirmed(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query := r.URL.Query()
	text, err := h.Texts.Confirmed(r.Context(), r.PathValue("slug"), shown(query.Get("edition"), query.Get("text")))
	if err != nil {
		return err
	}
	back := h.Texts.Kind.Acknowledgements.Of(r.PathValue("slug"))
	return h.confirmed(w, r, p, confirmedProps{Shown: text, Back: back})
}

func (h Handlers) confirmed(w http.ResponseWriter, r *http.Request, p *store.Person, props confirmedProps) error {
	props.Body, props.Zone = h.Markdown.Render(props.Shown.Body), web.Zone(p)
	props.Page = func(edition int) string {
		return h.Texts.Kind.Acknowledgement.Of(r.PathValue("slug"), "edition", fmt.Sprint(edition))
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "confirmed.title"), Current: h.Texts.Kind.List, Body: confirmedPage(props),
	})
}
