package imports

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/wire"
)

func (h handlers) new(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	return h.render(w, r, http.StatusOK, pageProps{})
}

func (h handlers) render(w http.ResponseWriter, r *http.Request, status int, props pageProps) error {
	props.Chat = h.Caramelo != nil
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "people.import"), Current: paths.AdminPeople, Body: page(props),
	})
}

// try says what a file would do, and changes nothing.
func (h handlers) try(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	file, err := sentFile(r)
	if err != nil {
		return err
	}
	whole := r.PostForm.Get("whole") != ""
	sent := decode(file.content)
	switch {
	case sent.older && !file.rightNames:
		props := pageProps{Older: olderFile(file.content, sent.text), Whole: whole}
		return h.render(w, r, http.StatusUnprocessableEntity, props)
	case sent.refuse == "size" && !file.chosen:
		sent.text = web.Text(file.content, len(file.content)) // what was typed comes back
	case sent.refuse == "" || sent.older:
		file.content = sent.text
	}
	read := parse(file.content)
	read.Whole = whole
	tried, err := h.people.importFile(r.Context(), p, read, func(Import) bool { return false })
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(tried.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return h.render(w, r, status, pageProps{File: sent.text, Tried: &tried, Whole: whole})
}

// apply imports what was shown, and nothing else: where somebody changed the people
// meanwhile it shows what the file would do now. Where many people would be disabled, their
// number has to be confirmed.
func (h handlers) apply(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	file, err := sentFile(r)
	if err != nil {
		return err
	}
	asShown, confirmed := false, false
	read := parse(file.content)
	read.Whole = r.PostForm.Get("whole") != ""
	number, _ := strconv.Atoi(r.PostForm.Get("missing"))
	tried, err := h.people.importFile(r.Context(), p, read, func(i Import) bool {
		asShown, confirmed = i.Digest() == r.PostForm.Get("shown"), i.confirmed(number)
		return asShown && confirmed
	})
	if err != nil {
		return err
	}
	props := pageProps{File: decode(file.content).text, Tried: &tried, Whole: read.Whole, Changed: !asShown}
	switch {
	case !asShown:
		return h.render(w, r, http.StatusConflict, props)
	case !confirmed:
		return h.render(w, r, http.StatusUnprocessableEntity, props)
	}
	return h.Done(w, r, web.Flash{Text: "notice.people.imported", Next: paths.AdminPeople})
}

// A file is what was sent to be imported.
type file struct {
	content    string
	chosen     bool // as a file, and not typed
	rightNames bool // of a file in an older code: somebody has looked at them
}

// olderFile asks whether a file in an older code was read right: three of its names with
// letters beyond ASCII show that, as they stand in its text.
func olderFile(content, text string) *older {
	foreign := func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F }) }
	ask := &older{Raw: base64.StdEncoding.EncodeToString([]byte(content))}
	for _, line := range parse(text).Lines {
		if foreign(line.Person.Name) && len(ask.Names) < 3 {
			ask.Names = append(ask.Names, line.Person.Name)
		}
	}
	if len(ask.Names) > 0 {
		return ask
	}
	for line := range strings.Lines(text) {
		if foreign(line) && len(ask.Names) < 3 {
			ask.Names = append(ask.Names, store.Clip(store.Line(line), 100))
		}
	}
	return ask
}

// sentFile is the file that was chosen or, without one, the text that was typed; or a file
// that was chosen before, about whose names there was a question. It stays in memory; its
// name and its type count for nothing.
func sentFile(r *http.Request) (f file, err error) {
	// More than the body may have, so that nothing goes to the disk.
	began := time.Now()
	err = r.ParseMultipartForm(maxBody) // #nosec G120 -- the middleware bounds the body
	wire.AnswerOf(r.Context()).Read += time.Since(began)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return f, err
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return f, web.StatusError(http.StatusBadRequest)
	}
	if chosen, _, err := r.FormFile("file"); err == nil {
		defer func() { _ = chosen.Close() }()
		content, err := io.ReadAll(io.LimitReader(chosen, maxBytes+1))
		if err != nil {
			return f, web.StatusError(http.StatusBadRequest)
		}
		if len(content) > 0 {
			return file{content: string(content), chosen: true}, nil
		}
	}
	if raw := r.PostForm.Get("raw"); raw != "" {
		content, err := base64.StdEncoding.DecodeString(raw)
		if err != nil {
			return f, web.StatusError(http.StatusBadRequest)
		}
		return file{string(content), true, r.PostForm.Get("right") != ""}, nil
	}
	return file{content: strings.TrimPrefix(r.PostForm.Get("csv"), "\n")}, nil
}
