package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/paths"
)

// sendsMail is an intranet that sends mail to box.
func sendsMail(box *mailtest.Box) func(*app.Settings) {
	return func(s *app.Settings) {
		server := box.Server()
		s.SMTPURL = caramelo.NewSecret(fmt.Sprintf("smtp://%s:%d?tls=off", server.Host, server.Port))
		s.MailFrom, s.SecretKey = server.From.Address, caramelo.NewSecret(strings.Repeat("ab", 32))
	}
}

// Who has forgotten their password asks for a link, gets it by mail in their language, and sets a
// new one with it. The mail can be read in both schemes and on a narrow screen.
func TestAForgottenPasswordIsMailed(t *testing.T) {
	box := mailtest.Start(t, mail.Unencrypted)
	in := Start(t, sendsMail(box))
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	b := in.NewTab(t, wide, 700)
	b.Visit(paths.Login)
	b.Click(`document.querySelector('a[href="` + paths.Forgotten + `"]')`)
	b.Until(`location.pathname === "` + paths.Forgotten + `"`)
	b.Click(`document.querySelector('main input[name=email]')`)
	b.Write(Employee(t, main).Email + "\r")
	letter := box.Next()
	for letter.To != Employee(t, main).Email { // others are told what they have to do
		letter = box.Next()
	}
	if !strings.Contains(letter.HTML, `lang="pt-BR"`) {
		t.Errorf("the mail is in another language: %s", letter.Subject())
	}
	_, link, found := strings.Cut(letter.Text, in.url)
	if !found {
		t.Fatal("there is no link in the mail")
	}
	b.Visit(strings.Fields(link)[0])
	b.Until(`document.querySelector('main input[name=new_password]')`)

	if noAxe != nil {
		missing(t, noNpm)
	}
	page := sent{
		name: "a mail", lang: main, frame: true, status: http.StatusOK, body: letter.HTML,
		header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
	}
	show := in.gallery(t, []sent{page}).guide(t)
	show.Before(string(axe))
	show.Visit(shown(0))
	show.looksRight(page)
}
