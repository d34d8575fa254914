package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// drafts are what people have typed and not saved. static/forms.js sends it while they
// type, and gets it back when they open the form again. A form that was posted after its
// session had ended becomes a draft without a script.
type drafts struct {
	*Server
	kept forms.Drafts
}

func newDrafts(s *Server) drafts {
	return drafts{s, forms.Drafts{Store: s.Store, Seal: s.Seal}}
}

func (d drafts) routes() []Route {
	return []Route{
		Get(paths.Drafts, Employees, d.index),
		// Public, because a session may end while somebody types: see forms.Drafts.Owner.
		Get(paths.DraftsKept, Public, d.show).ByItself(),
		Post(paths.DraftsKeep, Public, d.save),
		Post(paths.DraftsDrop, Employees, d.drop),
	}
}

// What a script adds to the fields of a form.
const (
	draftKey   = "draft_key"   // the form's own key, which must not make the draft count as the form
	draftForm  = "draft_form"  // where the form is posted to
	draftPage  = "draft_page"  // the path of its page
	draftTitle = "draft_title" // of that page
	draftAnew  = "draft_anew"  // somebody has gone back to a form that was sent, and types again
	draftBy    = "draft_by"    // what the browser calls the page
	draftTurn  = "draft_turn"  // how many the page has sent
	draftKnown = "draft_known" // the page has sent the very same before
)

// save keeps what somebody is typing.
func (d drafts) save(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	sent := r.PostForm
	key, ok := forms.ParseKey(url.Values{forms.KeyField: {sent.Get(draftKey)}})
	form, page := paths.Local(sent.Get(draftForm)), sent.Get(draftPage)
	if !ok || form == paths.Home || !utf8.ValidString(form+page) {
		return StatusError(http.StatusBadRequest)
	}
	if page != "" {
		page = paths.Local(page)
	}
	draft := forms.Draft{
		Form: form, Page: page, Title: store.Line(Text(sent.Get(draftTitle), 200)), Fields: typed(sent),
		Anew: sent.Has(draftAnew), Known: sent.Has(draftKnown),
		Turn: forms.Turn{Page: store.Plain(Text(sent.Get(draftBy), 50))},
	}
	turn, _ := strconv.ParseInt(sent.Get(draftTurn), 10, 32)
	draft.Turn.Number = int(turn)
	owner, err := d.kept.Owner(r.Context(), key)
	if errors.Is(err, store.ErrNotFound) {
		return StatusError(http.StatusForbidden)
	}
	if err == nil {
		err = d.kept.Save(r.Context(), key, owner, draft)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// typed is what may be kept of a form: no secrets, and nothing that is not of the form.
func typed(sent url.Values) url.Values {
	fields := url.Values{}
	for name, values := range sent {
		if strings.HasPrefix(name, "draft_") || strings.HasPrefix(name, views.ProofField) ||
			name == forms.KeyField || name == forms.AgainField || name == forms.DoubtField || name == nextField ||
			secretField(name) {
			continue
		}
		for _, value := range values {
			fields.Add(store.Plain(name), store.Plain(value))
		}
	}
	return fields
}

// keep keeps a form that was posted in vain for the person it was made for, and reports
// whether it did.
func (d drafts) keep(r *http.Request) bool {
	key, ok := forms.ParseKey(r.PostForm)
	fields := typed(r.PostForm)
	if !ok || key.Person == "" || len(fields) == 0 || r.URL.Path == paths.DraftsKeep {
		return false
	}
	owner, err := d.kept.Owner(r.Context(), key)
	if err == nil {
		draft := forms.Draft{Form: r.URL.RequestURI(), Page: formPage(d.mux, r), Fields: fields, Anew: true}
		err = d.kept.Save(r.Context(), key, owner, draft)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrEnded) {
		d.Log.LogAttrs(r.Context(), slog.LevelError, "keep a draft", slog.Any("error", err))
	}
	return err == nil
}

// show gives back what was typed into the forms of a page, and nothing to nobody.
func (d drafts) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if p == nil {
		return Fragment(w, r, views.DraftsBack(nil))
	}
	found, err := d.kept.Of(r.Context(), p.ID, r.URL.Query()["form"]...)
	if err != nil {
		return err
	}
	return Fragment(w, r, views.DraftsBack(draftProps(p, found)))
}

// index lists the person's drafts, for browsers without scripts and for forms that are not
// there any more.
func (d drafts) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	found, err := d.kept.All(r.Context(), p.ID)
	if err != nil {
		return err
	}
	return d.Render(w, r, Page{
		Title: i18n.T(r.Context(), "drafts.title"), Current: paths.Account,
		Body: views.DraftsPage(draftProps(p, found)),
	})
}

func (d drafts) drop(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := d.kept.Drop(r.Context(), p.ID, r.PostForm.Get("form")); err != nil {
		return err
	}
	next := paths.Local(r.PostForm.Get("next"))
	return d.Done(w, r, Flash{Text: "notice.draft.dropped", Next: next})
}

func draftProps(p *store.Person, all []forms.Draft) (props []views.DraftProps) {
	for _, draft := range all {
		fields, _ := json.Marshal(draft.Fields) // never fails for texts
		props = append(props, views.DraftProps{
			Form: draft.Form, Page: cmp.Or(draft.Page, paths.Drafts), Title: draft.Title, Fields: draft.Fields,
			JSON: string(fields), SavedAt: draft.SavedAt.In(Zone(p)),
		})
	}
	return props
}
