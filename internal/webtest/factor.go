package webtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/paths"
)

// FactorSecret is the secret of the second factors that Protect gives people.
const FactorSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// Code is what an authenticator app shows so many half-minutes from now.
func Code(t testing.TB, secret string, offset int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, Now.Add(time.Duration(offset)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Protect gives somebody a second factor.
func (i *Intranet) Protect(name string) {
	i.T.Helper()
	i.Exec(`INSERT INTO second_factors (person_id, secret, confirmed_at) VALUES ($1, $2, now())`,
		i.IDs[name], FactorSecret)
}

// BeginFactor begins to set a second factor up for whoever is signed in, and returns its
// secret.
func (b *Browser) BeginFactor() (secret string) {
	t := b.I.T
	t.Helper()
	setup := b.Post(paths.SecondFactor, nil)
	secret = setup.HTML(t).Find(".steps code").Text()
	image := setup.HTML(t).Find("img.qr").AttrOr("src", "")
	if setup.StatusCode != http.StatusOK || len(secret) != 32 || !strings.HasPrefix(image, "data:image/png;base64,") {
		t.Fatalf("set up: %d, a secret of %d characters", setup.StatusCode, len(secret))
	}
	return secret
}

// ConfirmFactor sends the code that puts a second factor into use.
func (b *Browser) ConfirmFactor(code string) Answer {
	b.I.T.Helper()
	return b.Post(paths.SecondFactorConfirm, url.Values{"code": {code}})
}

// AddFactor sets a second factor up for whoever is signed in, with the code of the
// half-minute before, and returns its secret and the recovery codes.
func (b *Browser) AddFactor() (secret string, recovery []string) {
	t := b.I.T
	t.Helper()
	secret = b.BeginFactor()
	wrong := b.ConfirmFactor("000000")
	if wrong.StatusCode != http.StatusUnprocessableEntity || wrong.HTML(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("a wrong code: %d", wrong.StatusCode)
	}
	done := b.ConfirmFactor(Code(t, secret, -1))
	for _, code := range done.HTML(t).Find(".codes code").EachIter() {
		recovery = append(recovery, code.Text())
	}
	if done.StatusCode != http.StatusOK || len(recovery) != 10 {
		t.Fatalf("confirm: %d, %d recovery codes", done.StatusCode, len(recovery))
	}
	return secret, recovery
}

// Half is a browser in which somebody has entered the right password and no code yet. After
// the code they are led to the list of people.
func (i *Intranet) Half(name string) *Browser {
	i.T.Helper()
	b := i.Browser()
	res := b.Post(paths.Login, url.Values{
		"email": {name + "@company.example"}, "password": {Password}, "next": {paths.People},
	})
	if res.Header.Get("Location") != paths.LoginCode {
		i.T.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	return b
}

// GiveCode sends the code, which is the second step of a sign-in.
func (b *Browser) GiveCode(code string) Answer {
	b.I.T.Helper()
	return b.Post(paths.LoginCode, url.Values{"code": {code}})
}
