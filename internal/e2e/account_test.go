package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/paths"
)

// A password that is fit to be one.
const newSecret = "marmalade under seven bridges"

// credentials fills in the sign-in form, and waits for nothing.
func (b *Tab) credentials(email, secret string) {
	b.t.Helper()
	b.Visit(paths.Login)
	b.Fill("#email", email)
	b.Fill("#password", secret)
	b.Write("\r")
}

// wrong waits for what is said about what was not done, with the focus where it can be
// mended.
func (b *Tab) wrong(field, words string) {
	b.t.Helper()
	b.Until(`visible($("main .alert")) && $(".alert").getAttribute("role") === "alert" &&
		text(".alert") === ` + Quoted(words) + ` && document.readyState === "complete"`)
	b.Until(`document.activeElement === $("` + field + `") &&
		$("` + field + `").getAttribute("aria-describedby")?.split(" ").includes($(".alert").id)`)
	b.Until(`$(".alert").getBoundingClientRect().top >= 0 && $(".alert").getBoundingClientRect().bottom < innerHeight`)
	got := Ask[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`)
	if got != http.StatusUnprocessableEntity {
		b.t.Errorf("%q came with status %d", words, got)
	}
}

// out presses something in an open page, and expects to be asked who they are.
func (b *Tab) out() {
	b.t.Helper()
	if Ask[bool](b, `visible($("details.menu summary"))`) {
		b.Click(`$("details.menu summary")`)
	}
	b.Click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.Until(`location.pathname === "` + paths.Login + `" && location.search === "?next=%2Fpeople" &&
		visible($("#email"))`)
}

// An address in other letters than ASCII is typed as it is written, and as the DNS has it:
// no browser refuses it or makes another one of it.
func TestPeopleSignInWithAddressesInTheirOwnLetters(t *testing.T) {
	in := Start(t)
	who := Employee(t, "pt")
	b := in.NewTab(t, 390, 800)
	for stored, writings := range map[string][]string{
		"joão.teste@company.example":        {"joão.teste@company.example", "JOA\u0303O.teste@company.example"},
		"joao.teste@xn--exmple-cua.example": {"joao.teste@exämple.example", "Joao.Teste@xn--exmple-cua.example"},
		"李@xn--r8jz45g.example":             {"李@例え.example", "李＠xn--r8jz45g.example"},
	} {
		in.SQL(t, `UPDATE people SET email = $2 WHERE name = $1`, who.Name, stored)
		for _, typed := range writings {
			b.Visit(paths.Login)
			b.Until(`document.readyState === "complete"`)
			b.Set("#email", typed) // no key types a mark alone
			b.Fill("#password", in.Passwords[who.Email])
			b.Write("\r")
			b.Until(`location.pathname === "` + paths.Home + `" && $("main h1")`)
			b.signOut()
		}
	}
}

func TestAPersonLooksAfterTheirAccount(t *testing.T) {
	in := Start(t)
	who := Employee(t, "en")
	b, other := in.NewTab(t, 1280, 800), in.NewTab(t, 390, 800)
	b.Enter(who)

	// The preferences, by keyboard.
	save := `$("section[aria-labelledby=preferences] button")`
	b.Visit(paths.Account)
	for _, to := range []struct{ key, lang, title string }{{"P", "pt", "Sua conta"}, {"En", "en", "Your account"}} {
		b.Until(`online()`)
		b.TabTo(`$("#lang")`)
		b.Write(to.key)
		b.TabTo(save)
		b.Write("\r")
		b.Until(`document.documentElement.lang.startsWith("` + to.lang + `") && text("h1") === "` + to.title + `"`)
		b.Told(to.lang, "notice.preferences")
	}
	for _, to := range []struct{ key, scheme, paper string }{
		{"D", "dark", "rgb(22, 19, 16)"}, {"L", "light", "rgb(251, 249, 246)"},
	} {
		b.Until(`online()`)
		b.TabTo(`$("#theme")`)
		b.Write(to.key)
		b.TabTo(save)
		b.Write("\r")
		b.Until(`document.documentElement.dataset.theme === "` + to.scheme + `" &&
			getComputedStyle(document.body).backgroundColor === "` + to.paper + `"`)
	}

	// The password, by keyboard.
	other.Enter(who)
	other.Visit(paths.Home)
	change := func(old, fresh string) {
		t.Helper()
		b.Fill("#password", old)
		b.Write("\t" + fresh + "\r")
	}
	b.Click(`$("main a[href='` + paths.AccountPassword + `']")`)
	b.Until(`location.pathname === "` + paths.AccountPassword + `" && !host &&
		visible($("footer a[href='` + paths.Assistant + `']"))`)
	change("not the password", newSecret)
	b.wrong("#password", in.Says(t, "en", "confirm.error.password"))
	change(in.Passwords[who.Email], "too short")
	b.wrong("#password", in.Says(t, "en", "password.error.short", "Least", "15"))
	change(in.Passwords[who.Email], "passwordpassword")
	b.Until(`text(".alert") !== ` + Quoted(in.Says(t, "en", "password.error.short", "Least", "15")))
	b.Until(`document.activeElement === $("#password") &&
		$("#password").value === "" && $("#new_password").value === ""`)
	change(in.Passwords[who.Email], newSecret)
	b.Told("en", "notice.password")
	other.out()
	other.credentials(who.Email, in.Passwords[who.Email])
	other.Until(`text("#alert") === ` + Quoted(in.Says(t, "en", "login.error.credentials")))
	in.Passwords[who.Email] = newSecret
	other.Enter(who)

	// The sessions.
	b.Visit(paths.Account)
	b.Until(`$$(".rows > li").length === 2 && $$(".rows .tag").length === 1`)
	b.Click(`$(".rows button")`)
	b.Told("en", "notice.session")
	b.Until(`$$(".rows > li").length === 1 && !$(".rows button")`)
	other.out()

	// The second factor. The proof is old, and what was typed outlives the question.
	b.Click(`$("main a[href='` + paths.SecondFactor + `']")`)
	b.Click(`$("main form button")`)
	b.Until(`$(".qr").complete && $(".qr").naturalWidth > 0 && text(".steps code").length === 32`)
	key := Ask[string](b, `text(".steps code")`)
	code := func() string {
		t.Helper()
		// One from before counts again: nobody waits for half a minute here.
		in.SQL(t, `UPDATE second_factors SET last_step = 0`)
		code, err := totp.GenerateCode(key, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	b.Fill("#code", "000000\r")
	b.wrong("#code", in.Says(t, "en", "factor.error.code"))
	b.Until(`text(".steps code") === "` + key + `"`)
	in.ForgetProof(t, who)
	b.Fill("#code", code()+"\r")
	b.Until(`text("h1") === ` + Quoted(in.Says(t, "en", "confirm.title")) + ` &&
		document.activeElement === $("#confirm_password") && $("input[name=code]").type === "hidden"`)
	b.Answer("not the password\r")
	b.wrong("#confirm_password", in.Says(t, "en", "confirm.error.password"))
	b.Answer(newSecret + "\r")
	b.Told("en", "notice.factor.added")
	b.Until(`$$(".codes code").length === 10`)
	recovery := Ask[[]string](b, `$$(".codes code").map((e) => e.textContent)`)
	b.Click(`$("main a.button")`)
	b.Until(`location.pathname === "` + paths.Account + `" &&
		$("main").textContent.includes("10 recovery codes are left")`)

	signIn := func(code string) {
		t.Helper()
		b.signOut()
		b.credentials(who.Email, newSecret)
		b.Until(`location.pathname === "` + paths.LoginCode + `" && document.activeElement === $("#code")`)
		b.Answer(code + "\r")
	}
	signIn("000000")
	b.wrong("#code", in.Says(t, "en", "login.error.code"))
	b.Answer(code() + "\r")
	b.Until(`location.pathname === "` + paths.Home + `" && online()`)
	signIn(strings.ToUpper(strings.ReplaceAll(recovery[0], "-", " ")))
	b.Until(`location.pathname === "` + paths.Home + `" && online()`)
	signIn(recovery[0])
	b.wrong("#code", in.Says(t, "en", "login.error.code"))
	b.Answer(recovery[1] + "\r")
	b.Until(`location.pathname === "` + paths.Home + `" && online()`)
	b.Visit(paths.Account)
	b.Until(`$("main").textContent.includes("8 recovery codes are left")`)

	b.Visit(paths.SecondFactor)
	in.ForgetProof(t, who)
	b.Click(`$(".ask summary")`)
	b.Click(`$(".ask form button")`)
	b.Until(`document.activeElement === $("#confirm_password") && $("#confirm_code")`)
	b.Answer(newSecret)
	b.Fill("#confirm_code", recovery[0]+"\r") // used
	b.wrong("#confirm_password", in.Says(t, "en", "login.error.code"))
	b.Answer(newSecret)
	b.Fill("#confirm_code", code()+"\r")
	b.Told("en", "notice.factor.removed")
	b.Until(`location.pathname === "` + paths.Account + `" &&
		$("main").textContent.includes(` + Quoted(in.Says(t, "en", "account.factor.off")) + `)`)
	b.signOut()
	in.Passwords[who.Email] = newSecret
	b.signIn(who)
}
