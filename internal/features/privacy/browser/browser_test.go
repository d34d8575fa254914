package browser_test

import (
	"testing"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// Somebody finds the way to a copy of their data, an admin finds the way to their deletion, and
// their next click leads to the sign-in.
func TestAPersonGetsACopyAndIsDeleted(t *testing.T) {
	in := e2e.Start(t)
	boss, like := e2e.Admin(t), e2e.Employee(t, "en")
	who := seed.Persona{Name: "Rosa Retirada", Email: "rosa.retirada@" + seed.Domain, Lang: "en"}
	in.SQL(t, `INSERT INTO people (name, email, lang, password_hash)
		SELECT $1, $2, 'en', password_hash FROM people WHERE email = $3`, who.Name, who.Email, like.Email)
	in.Passwords[who.Email] = in.Passwords[like.Email]
	rosa := in.NewTab(t, 390, 800)
	rosa.Enter(who)
	rosa.Visit(paths.Account)
	rosa.Click(`$("main a[href='` + paths.AccountData + `']")`)
	rosa.Until(`location.pathname === "` + paths.AccountData + `" && document.readyState === "complete" &&
		$("form[action='` + paths.AccountData + `'] button") !== null`)
	// The very bytes are looked at by other tests: here, that the button's form gets a ZIP.
	rosa.Do(`const form = document.querySelector("form[action='` + paths.AccountData + `']");
		fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then(async (res) => {
			window.got = res.headers.get("content-type") + (await res.text()).slice(0, 2); })`)
	rosa.Until(`window.got === "application/zipPK"`)

	b := in.NewTab(t, 1280, 800)
	b.Enter(boss)
	b.Visit(paths.AdminPeopleList("retirada", ""))
	b.Click(`$(".person-name")`)
	b.Until(`document.readyState === "complete" && text("h1") === "` + who.Name + `"`)
	b.Click(`$("main a[href$='/delete']")`)
	b.Until(`document.readyState === "complete" && location.pathname.endsWith("/delete")`)
	b.Fill("#email", "somebody@"+seed.Domain+"\r")
	b.Until(`text("#email-error") === ` + e2e.Quoted(in.Says(t, boss.Lang, "privacy.delete.error")) + ` &&
		document.activeElement === $(".alert")`)
	in.ForgetProof(t, boss)
	b.Fill("#email", who.Email+"\r")
	b.Until(`document.activeElement === $("#confirm_password")`)
	b.Answer(in.Passwords[boss.Email] + "\r")
	b.Until(`text("h1") === ` + e2e.Quoted(in.Says(t, boss.Lang, "privacy.deleted.title")) + ` &&
		$("main").textContent.includes("` + who.Email + `")`)
	rosa.Click(`$("main a[href='` + paths.Account + `']")`)
	rosa.Until(`location.pathname === "` + paths.Login + `"`)
}
