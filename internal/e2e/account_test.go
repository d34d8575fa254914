package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// A password that is fit to be one.
const newSecret = "marmalade under seven bridges"

// fill types into a field in place of what is there.
func (b *tab) fill(field, text string) {
	b.t.Helper()
	b.painted()
	b.click(`$("` + field + `")`)
	b.do(`document.querySelector("` + field + `").select()`)
	b.write(text)
}

// answer types into what has the focus on a page that has just come: a browser
// drops keys that are pressed before it has drawn the page.
func (b *tab) answer(text string) {
	b.t.Helper()
	b.painted()
	b.write(text)
}

// credentials fills in the sign-in form, and waits for nothing.
func (b *tab) credentials(email, secret string) {
	b.t.Helper()
	b.visit(paths.Login)
	b.fill("#email", email)
	b.fill("#password", secret)
	b.write("\r")
}

// told waits for what is said about what was done, and wrong for what is said
// about what was not, with the focus where it can be mended.
func (b *tab) told(lang, key string) {
	b.t.Helper()
	b.until(`visible($(".notice")) && $(".notice").getAttribute("role") === "status" &&
		text(".notice") === ` + quoted(b.in.says(b.t, lang, key)))
}

func (b *tab) wrong(field, words string) {
	b.t.Helper()
	b.until(`visible($("main .alert")) && $(".alert").getAttribute("role") === "alert" &&
		text(".alert") === ` + quoted(words) + ` && document.readyState === "complete"`)
	b.until(`document.activeElement === $("` + field + `") &&
		$("` + field + `").getAttribute("aria-describedby")?.split(" ").includes($(".alert").id)`)
	b.until(`$(".alert").getBoundingClientRect().top >= 0 && $(".alert").getBoundingClientRect().bottom < innerHeight`)
	got := ask[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`)
	if got != http.StatusUnprocessableEntity {
		b.t.Errorf("%q came with status %d", words, got)
	}
}

// says is a text of the intranet.
func (in *intranet) says(t *testing.T, lang, key string, args ...any) string {
	t.Helper()
	return i18n.T(in.web.Speak(t.Context(), lang), key, args...)
}

// out presses something in an open page, and expects to be asked who they are.
func (b *tab) out() {
	b.t.Helper()
	if ask[bool](b, `visible($("details.menu summary"))`) {
		b.click(`$("details.menu summary")`)
	}
	b.click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.until(`location.pathname === "` + paths.Login + `" && location.search === "?next=%2Fpeople" &&
		visible($("#email"))`)
}

// proofIsOld sets when the last proof of who somebody is was given.
const proofIsOld = `
	UPDATE sessions SET data = convert_to(
		jsonb_set(convert_from(data, 'UTF8')::jsonb, '{values,confirmed}', to_jsonb($2::text))::text, 'UTF8')
	WHERE person_id IN (SELECT id FROM people WHERE email LIKE $1)`

// forgetProof makes the last proof of who somebody is an hour old.
func (in *intranet) forgetProof(t *testing.T, who seed.Persona) {
	t.Helper()
	in.sql(t, proofIsOld, who.Email, time.Now().Add(-time.Hour).Format(time.RFC3339))
}

func TestAPersonLooksAfterTheirAccount(t *testing.T) {
	in := start(t)
	who := employee(t, "en")
	b, other := in.newTab(t, 1280, 800), in.newTab(t, 390, 800)
	b.enter(who)

	// The preferences, by keyboard.
	save := `$("section[aria-labelledby=preferences] button")`
	b.visit(paths.Account)
	for _, to := range []struct{ key, lang, title string }{{"P", "pt", "Sua conta"}, {"En", "en", "Your account"}} {
		b.until(`online()`)
		b.tabTo(`$("#lang")`)
		b.write(to.key)
		b.tabTo(save)
		b.write("\r")
		b.until(`document.documentElement.lang.startsWith("` + to.lang + `") && text("h1") === "` + to.title + `"`)
		b.told(to.lang, "notice.preferences")
	}
	for _, to := range []struct{ key, scheme, paper string }{
		{"D", "dark", "rgb(22, 19, 16)"}, {"L", "light", "rgb(251, 249, 246)"},
	} {
		b.until(`online()`)
		b.tabTo(`$("#theme")`)
		b.write(to.key)
		b.tabTo(save)
		b.write("\r")
		b.until(`document.documentElement.dataset.theme === "` + to.scheme + `" &&
			getComputedStyle(document.body).backgroundColor === "` + to.paper + `"`)
	}

	// The password, by keyboard.
	other.enter(who)
	other.visit(paths.Home)
	change := func(old, fresh string) {
		t.Helper()
		b.fill("#password", old)
		b.write("\t" + fresh + "\r")
	}
	change("not the password", newSecret)
	b.wrong("#password", in.says(t, "en", "confirm.error.password"))
	change(in.passwords[who.Email], "too short")
	b.wrong("#password", in.says(t, "en", "password.error.short", "Least", 15))
	change(in.passwords[who.Email], "passwordpassword")
	b.until(`text(".alert") !== ` + quoted(in.says(t, "en", "password.error.short", "Least", 15)))
	b.until(`document.activeElement === $("#password") &&
		$("#password").value === "" && $("#new_password").value === ""`)
	change(in.passwords[who.Email], newSecret)
	b.told("en", "notice.password")
	other.out()
	other.credentials(who.Email, in.passwords[who.Email])
	other.until(`text("#alert") === ` + quoted(in.says(t, "en", "login.error.credentials")))
	in.passwords[who.Email] = newSecret
	other.enter(who)

	// The sessions.
	b.visit(paths.Account)
	b.until(`$$(".rows > li").length === 2 && $$(".rows .tag").length === 1`)
	b.click(`$(".rows button")`)
	b.told("en", "notice.session")
	b.until(`$$(".rows > li").length === 1 && !$(".rows button")`)
	other.out()

	// The second factor. The proof is old, and what was typed outlives the question.
	b.click(`$("main a[href='` + paths.SecondFactor + `']")`)
	b.click(`$("main form button")`)
	b.until(`$(".qr").complete && $(".qr").naturalWidth > 0 && text(".steps code").length === 32`)
	key := ask[string](b, `text(".steps code")`)
	code := func() string {
		t.Helper()
		// One from before counts again: nobody waits for half a minute here.
		in.sql(t, `UPDATE second_factors SET last_step = 0`)
		code, err := totp.GenerateCode(key, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	b.fill("#code", "000000\r")
	b.wrong("#code", in.says(t, "en", "factor.error.code"))
	b.until(`text(".steps code") === "` + key + `"`)
	in.forgetProof(t, who)
	b.fill("#code", code()+"\r")
	b.until(`text("h1") === ` + quoted(in.says(t, "en", "confirm.title")) + ` &&
		document.activeElement === $("#confirm_password") && $("input[name=code]").type === "hidden"`)
	b.answer("not the password\r")
	b.wrong("#confirm_password", in.says(t, "en", "confirm.error.password"))
	b.answer(newSecret + "\r")
	b.told("en", "notice.factor.added")
	b.until(`$$(".codes code").length === 10`)
	recovery := ask[[]string](b, `$$(".codes code").map((e) => e.textContent)`)
	b.click(`$("main a.button")`)
	b.until(`location.pathname === "` + paths.Account + `" &&
		$("main").textContent.includes("10 recovery codes are left")`)

	signIn := func(code string) {
		t.Helper()
		b.signOut()
		b.credentials(who.Email, newSecret)
		b.until(`location.pathname === "` + paths.LoginCode + `" && document.activeElement === $("#code")`)
		b.answer(code + "\r")
	}
	signIn("000000")
	b.wrong("#code", in.says(t, "en", "login.error.code"))
	b.answer(code() + "\r")
	b.until(`location.pathname === "` + paths.Home + `" && online()`)
	signIn(strings.ToUpper(strings.ReplaceAll(recovery[0], "-", " ")))
	b.until(`location.pathname === "` + paths.Home + `" && online()`)
	signIn(recovery[0])
	b.wrong("#code", in.says(t, "en", "login.error.code"))
	b.answer(recovery[1] + "\r")
	b.until(`location.pathname === "` + paths.Home + `" && online()`)
	b.visit(paths.Account)
	b.until(`$("main").textContent.includes("8 recovery codes are left")`)

	b.visit(paths.SecondFactor)
	in.forgetProof(t, who)
	b.click(`$(".ask summary")`)
	b.click(`$(".ask form button")`)
	b.until(`document.activeElement === $("#confirm_password") && $("#confirm_code")`)
	b.answer(newSecret)
	b.fill("#confirm_code", recovery[0]+"\r") // used
	b.wrong("#confirm_password", in.says(t, "en", "login.error.code"))
	b.answer(newSecret)
	b.fill("#confirm_code", code()+"\r")
	b.told("en", "notice.factor.removed")
	b.until(`location.pathname === "` + paths.Account + `" &&
		$("main").textContent.includes(` + quoted(in.says(t, "en", "account.factor.off")) + `)`)
	b.signOut()
	in.passwords[who.Email] = newSecret
	b.signIn(who)
}
