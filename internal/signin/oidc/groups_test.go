package oidc_test

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/signin/oidc"
)

// withGroups are settings with groups.
func withGroups(p *oidc.Provider) {
	p.Roles = []oidc.Member{{Is: "editor", Group: "Writers"}, {Is: "admin", Group: "The admins"}}
	p.Departments = []oidc.Member{{Is: "nowhere", Group: "Ghosts"}, {Is: "sales", Group: "Sellers"}}
}

// in makes the provider say that somebody is in groups, or nothing of groups for nil.
func (c company) in(name string, groups any) {
	person := somebody(name, name+"@company.example")
	if groups != nil {
		person.Claims["groups"] = groups
	}
	c.provider.SetPeople(person)
}

// is the role and the department that somebody has.
func (c company) is(name string) string {
	c.t.Helper()
	return c.First(`SELECT role || ' ' || coalesce(department, '') FROM people WHERE id = $1`, c.IDs[name])
}

// Groups at the provider decide at each sign-in what somebody may do and where they belong. A
// claim that is missing changes nothing.
func TestGroupsMakeRolesAndDepartments(t *testing.T) {
	t.Parallel()
	c := start(t, withGroups)
	c.Exec(`INSERT INTO departments (slug, names) VALUES ('sales', '{"en": "Sales"}')`)
	before := c.visitor()
	before.signIn("bea")
	for _, step := range []struct {
		groups any
		want   string
	}{
		{nil, "employee finance"},
		{[]string{"Writers"}, "editor finance"},
		{nil, "editor finance"}, // an overage
		{[]string{"writers", "the admins"}, "employee finance"},
		{[]string{"The admins", "Writers", "Sellers"}, "admin sales"},
		{"Writers", "editor sales"},
		{[]any{1, map[string]any{"The admins": 1}, "Ghosts"}, "employee sales"},
		{[]string{"The admins"}, "admin sales"},
		{[]string{}, "employee sales"},
	} {
		c.in("bea", step.groups)
		v := c.visitor()
		if v.signIn("bea"); v.who() == "" || c.is("bea") != step.want {
			t.Errorf("%v: %q, want %q", step.groups, c.is("bea"), step.want)
		}
	}
	before.nobody() // a new role ends the sessions from before
	entry := `audit WHERE action = 'person.role' AND actor = 'provider x' AND subject = 'bea@company.example'`
	if n := c.Count(entry); n != 7 {
		t.Errorf("%d changes of role are recorded", n)
	}
	detail := c.First(`SELECT detail FROM audit WHERE action = 'person.changed' AND actor = 'provider x'`)
	if detail != "department" {
		t.Errorf("%q", detail)
	}
}

// The last admin who can sign in with a password stays one, and comes in.
func TestTheLastAdminStaysWhateverTheGroupsSay(t *testing.T) {
	t.Parallel()
	c := start(t, withGroups)
	c.in("ana", []string{"Writers"})
	v := c.visitor()
	if v.signIn("ana"); v.who() != "ana@company.example" || !strings.HasPrefix(c.is("ana"), "admin ") {
		t.Errorf("%q is signed in, and ana is %q", v.who(), c.is("ana"))
	}
	if !strings.Contains(c.Log.String(), "the last admin") {
		t.Error("nothing in the log")
	}
	c.Exec(`UPDATE people SET role = 'admin' WHERE id = $1`, c.IDs["caio"])
	if c.visitor().signIn("ana"); !strings.HasPrefix(c.is("ana"), "editor ") {
		t.Errorf("with another admin, ana is %q", c.is("ana"))
	}
}

// Groups that are not in the ID token are asked for, as with the e-mail.
func TestGroupsMayBeAskedForSeparately(t *testing.T) {
	t.Parallel()
	c := start(t, withGroups)
	c.in("bea", []string{"Writers"})
	c.provider.Break(provider.Thin)
	v := c.visitor()
	if v.signIn("bea"); !strings.HasPrefix(c.is("bea"), "editor ") {
		t.Errorf("%q", c.is("bea"))
	}
}

// Without the settings, people keep what they have here.
func TestWithoutSettingsGroupsMeanNothing(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.in("bea", []string{"admin", "admins", "The admins"})
	v := c.visitor()
	if v.signIn("bea"); c.is("bea") != "employee finance" || v.who() == "" {
		t.Errorf("%q", c.is("bea"))
	}
}
