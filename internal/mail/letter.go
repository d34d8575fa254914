package mail

import (
	"context"
	_ "embed" // letter.html and letter.txt
	"fmt"
	"html/template"
	"net/mail"
	"strings"
	textTemplate "text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
)

//go:embed letter.html
var letterHTML string

//go:embed letter.txt
var letterText string

var (
	asHTML = template.Must(template.New("letter").Parse(letterHTML))
	asText = textTemplate.Must(textTemplate.New("letter").Parse(letterText))
)

// page is what the templates of a letter show.
type page struct {
	Letter
	Lang     string // as an attribute
	Company  string
	Greeting string
	Footer   string // why it came
	Choose   Button // where its reader says what they want; zero where they have no choice
	Light    brand.Palette
	Dark     brand.Palette
}

// message is a letter as it goes to the mail server.
func (s *Sender) message(ctx context.Context, w waiting, kind Kind, l Letter) (*gomail.Msg, error) {
	to := &mail.Address{Name: store.Clip(w.Name, 200), Address: w.Email}
	if _, err := mail.ParseAddress(to.String()); err != nil {
		return nil, err
	}
	p := page{
		Letter: l, Lang: i18n.Tag(ctx), Company: brand.Company,
		Greeting: i18n.T(ctx, "mail.greeting", "Name", store.Clip(w.Name, 200)),
		Footer:   i18n.T(ctx, "mail.footer", "Company", brand.Company), Light: brand.Light(), Dark: brand.Dark(),
	}
	if !kind.Always {
		p.Choose = Button{Text: i18n.T(ctx, "mail.choose"), URL: s.link(paths.AccountMail)}
	}
	var html, text strings.Builder
	if err := asHTML.Execute(&html, p); err != nil {
		return nil, err
	}
	if err := asText.Execute(&text, p); err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from := s.Server.From
	m.FromMailAddress(&from)
	m.SetAddrHeaderFromMailAddress(gomail.HeaderTo, to)
	if s.Server.ReplyTo != nil {
		m.ReplyToMailAddress(s.Server.ReplyTo)
	}
	m.Subject(store.Clip(l.Subject, 200))
	m.SetDateWithValue(time.Now())
	// The same for each attempt: where a mail was taken and the answer was lost, the other side
	// can tell that it is the same one.
	m.SetMessageIDWithValue(fmt.Sprintf("intranet-%d-%d@%s", w.ID, w.MadeAt.UnixMicro(), s.PublicURL.Hostname()))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no automatic answer
	m.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same for Exchange
	m.SetGenHeader("Content-Language", i18n.Tag(ctx))
	if p.Choose.URL != "" {
		m.SetGenHeader("List-Unsubscribe", "<"+p.Choose.URL+">")
	}
	m.SetBodyString(gomail.TypeTextPlain, text.String())
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return m, nil
}

// zone is a time zone by its name.
func zone(name string) *time.Location {
	found, _ := i18n.Zone(name)
	return found
}
