package scim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// dora is somebody new, as Microsoft Entra ID sends them.
const dora = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
	"userName": "Dora@company.example",
	"active": true,
	"displayName": "Dora Alves",
	"title": "Analyst",
	"preferredLanguage": "pt-BR",
	"emails": [{"primary": true, "type": "work", "value": "dora@company.example"}],
	"meta": {"resourceType": "User"},
	"name": {"formatted": "Dora Alves", "givenName": "Dora", "familyName": "Alves"},
	"phoneNumbers": [{"type": "fax", "value": "+55 11 1"}, {"type": "work", "value": "+55 11 5555-0100"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "finanzas", "employeeNumber": "7"},
	"roles": [{"value": "admin", "primary": true}], "password": "a password that nobody stores"
}`

// Who joins is there, who leaves is out at once, and who comes back is the same person.
func TestWhoJoinsIsThereAndWhoLeavesIsOut(t *testing.T) {
	t.Parallel()
	p := start(t)
	find := "/Users?filter=" + url.QueryEscape(`userName eq "dora@company.example"`)
	if r := p.must(200, "GET", find, ""); r.at("totalResults") != 0.0 {
		t.Fatalf("she is there already: %s", r.Body)
	}
	made := p.must(201, "POST", "/Users", dora)
	id := made.text("id")
	if !store.ValidID(id) || made.text("meta/location") != made.Header.Get("Location") ||
		!strings.HasSuffix(made.Header.Get("Location"), Base+"/Users/"+id) {
		t.Errorf("%s at %q", made.Body, made.Header.Get("Location"))
	}
	for path, want := range map[string]any{
		"userName": "Dora@company.example", "displayName": "Dora Alves", "title": "Analyst", "active": true,
		"preferredLanguage": "pt", "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "name/givenName": "Dora",
		"name/familyName": "Alves", "emails/value": "Dora@company.example", "phoneNumbers/value": "+55 11 5555-0100",
		enterprise + "/department": "Finance", "meta/resourceType": "User", "roles": nil, "password": nil,
	} {
		if got := made.at(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if n := p.Count(`people WHERE id = $1 AND role = 'employee' AND password_hash IS NULL AND department = 'finance'
		AND lang = 'pt' AND phone = '+55 11 5555-0100'`, id); n != 1 {
		t.Error("she is not stored as she was sent")
	}
	found := p.must(200, "GET", find, "")
	if found.at("totalResults") != 1.0 || found.text("Resources/id") != id {
		t.Errorf("found %s", found.Body)
	}

	// She sets a password with a one-time link, and has a session.
	p.Exec(`UPDATE people SET password_hash = (SELECT password_hash FROM people WHERE email = 'bea@company.example'),
		email = 'dora@company.example' WHERE id = $1`, id)
	p.IDs["dora"] = id
	session := p.SignIn("dora")
	if res := session.Get(paths.Home); res.StatusCode != 200 {
		t.Fatalf("her home page: %d", res.StatusCode)
	}
	p.Exec(`INSERT INTO invitations (person_id, code_hash, expires_at) VALUES ($1, 'x', now() + interval '1 day')`, id)
	p.must(200, "PATCH", "/Users/"+id, patch(`{"op": "Replace", "path": "active", "value": "False"}`))
	if res := session.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("she has left, and is in: %d", res.StatusCode)
	}
	if p.Count("invitations") != 0 {
		t.Error("her one-time link still works")
	}
	if r := p.must(200, "GET", find, ""); r.at("Resources/active") != false {
		t.Errorf("who left is found: %s", r.Body)
	}
	again := p.must(200, "PATCH", "/Users/"+id, patch(`{"op": "Replace", "path": "active", "value": "True"}`))
	if again.text("id") != id || again.at("active") != true {
		t.Errorf("she is back as %s", again.Body)
	}
	if res := session.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("her session from before is there again: %d", res.StatusCode)
	}
	if res := p.SignIn("dora").Get(paths.Home); res.StatusCode != 200 {
		t.Errorf("she cannot sign in again: %d", res.StatusCode)
	}
	want := []string{"scim.allowed entra", "person.created SCIM", "session.created", "person.disabled SCIM",
		"person.enabled SCIM", "session.created"}
	if got := p.Recorded(); !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("recorded %q", got)
	}
	if n := p.Count(`audit WHERE actor = 'SCIM entra' AND subject_id = $1 AND actor_id IS NULL`, id); n != 3 {
		t.Errorf("%d entries say who did it", n)
	}
}

// Who is deleted at the provider is disabled here, and none of its people any more; unless
// administration has let them in again.
func TestWhoIsDeletedIsDisabled(t *testing.T) {
	t.Parallel()
	p := start(t)
	bea, session := "/Users/"+p.IDs["bea"], p.As("bea")
	p.must(204, "DELETE", bea, "")
	if res := session.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("she is still in: %d", res.StatusCode)
	}
	if p.Count(`people WHERE id = $1 AND NOT active`, p.IDs["bea"]) != 1 {
		t.Error("she is not disabled, or is gone")
	}
	p.refused(404, "", "GET", bea, "")
	p.refused(404, "", "DELETE", bea, "")
	p.refused(404, "", "PUT", bea, whole(`"userName": "bea@company.example"`))
	p.refused(404, "", "PATCH", bea, patch(`{"op": "replace", "path": "active", "value": true}`))
	p.refused(409, "uniqueness", "POST", "/Users", whole(`"userName": "bea@company.example"`))
	if r := p.must(200, "GET", "/Users", ""); r.at("totalResults") != 2.0 {
		t.Errorf("the list has %s", r.Body)
	}
	p.Exec(`UPDATE people SET active = true WHERE id = $1`, p.IDs["bea"])
	p.must(200, "GET", bea, "")
	p.must(200, "PATCH", bea, patch(`{"op": "replace", "path": "active", "value": false}`))
	if r := p.must(200, "GET", bea, ""); r.at("active") != false {
		t.Errorf("she is %s", r.Body)
	}
}

// Somebody can always administer the intranet, and no provider makes anybody an admin: neither
// by a role nor by the address of one.
func TestAProviderHasNoSayOverAdmins(t *testing.T) {
	t.Parallel()
	p := start(t)
	ana, session := "/Users/"+p.IDs["ana"], p.As("ana")
	off := patch(`{"op": "replace", "value": {"active": false}}`)
	p.refused(409, "", "PATCH", ana, off)
	p.refused(409, "", "PUT", ana, whole(`"userName": "ana@company.example", "active": false`))
	p.refused(409, "", "DELETE", ana, "")
	p.refused(403, "", "PATCH", ana, patch(`{"op": "replace", "path": "userName", "value": "x@company.example"}`))
	p.refused(403, "", "PUT", ana, whole(`"userName": "x@company.example"`))
	p.must(200, "PUT", ana, whole(`"userName": "ANA@company.example", "title": "Head"`))
	if res := session.Get(paths.Home); res.StatusCode != 200 {
		t.Errorf("she is out: %d", res.StatusCode)
	}
	role := patch(`{"op": "add", "path": "roles", "value": [{"value": "admin"}]},
		{"op": "replace", "value": {"role": "admin", "roles": "admin", "userType": "admin"}}`)
	p.must(200, "PATCH", "/Users/"+p.IDs["bea"], role)
	if n := p.Count(`people WHERE role = 'admin'`); n != 1 {
		t.Errorf("there are %d admins", n)
	}
	p.Exec(`UPDATE people SET role = 'admin' WHERE id = $1`, p.IDs["caio"])
	p.must(200, "PATCH", ana, off) // there is another
	if res := session.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("she is still in: %d", res.StatusCode)
	}
}

// What is there already leaves no trace: providers send everything again and again.
func TestTheSameAgainChangesNothing(t *testing.T) {
	t.Parallel()
	p := start(t)
	id := p.must(201, "POST", "/Users", dora).text("id")
	before := p.Dump()
	p.must(200, "PUT", "/Users/"+id, dora)
	p.must(200, "PATCH", "/Users/"+id, patch(`{"op": "replace", "path": "title", "value": "Analyst"},
		{"op": "add", "path": "active", "value": "true"}, {"op": "remove", "path": "nickName"}`))
	p.must(200, "PATCH", "/Users/"+p.IDs["bea"], patch(`{"op": "replace", "value": {"active": true, "nickName": "B"}}`))
	if p.Dump() != before {
		t.Error("something has changed")
	}
}

// Of many who add the same person at once one succeeds, and the others are told.
func TestTheSamePersonIsAddedOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	statuses := make([]int, 6)
	var all sync.WaitGroup
	for n := range statuses {
		all.Go(func() { statuses[n] = p.ask("POST", "/Users", dora).StatusCode })
	}
	all.Wait()
	slices.Sort(statuses)
	if !slices.Equal(statuses, []int{201, 409, 409, 409, 409, 409}) || p.Count(`people`) != 4 {
		t.Errorf("%v", statuses)
	}
	p.refused(409, "uniqueness", "POST", "/Users", whole(`"userName": "BEA@company.example"`))
	p.refused(409, "uniqueness", "PATCH", "/Users/"+p.IDs["bea"],
		patch(`{"op": "replace", "path": "userName", "value": "caio@company.example"}`))
}

// A change waits for nobody and is done whole: a client whose token is taken back meanwhile
// changes nothing any more.
func TestAClientWhoseTokenIsTakenBackChangesNothing(t *testing.T) {
	t.Parallel()
	p := start(t)
	ctx := t.Context()
	c, _, err := tokens{p.Store}.find(ctx, p.token)
	if err != nil {
		t.Fatal(err)
	}
	// While it changes somebody, its token cannot be taken back.
	holding, held := make(chan error), make(chan struct{})
	go func() {
		holding <- pgx.BeginFunc(ctx, p.Store, func(tx pgx.Tx) error {
			if err := c.hold(ctx, tx); err != nil {
				return err
			}
			close(held)
			short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			defer cancel()
			if err := (tokens{p.Store}).revoke(short, store.CommandLine, "entra"); err == nil {
				return errors.New("it was taken back in the middle of a change")
			}
			return nil
		})
	}()
	<-held
	if err := <-holding; err != nil {
		t.Error(err)
	}
	if err := (tokens{p.Store}).revoke(ctx, store.CommandLine, "entra"); err != nil {
		t.Fatal(err)
	}
	before := p.Dump()
	_, created := people{p.Store}.create(ctx, c, attributes{"username": "x@company.example"})
	_, changed := people{p.Store}.change(ctx, c, p.IDs["bea"], attributes{"title": "x"})
	removed := people{p.Store}.remove(ctx, c, p.IDs["bea"])
	for _, err := range []error{created, changed, removed} {
		if !errors.Is(err, errUnknown) {
			t.Error(err)
		}
	}
	if p.Dump() != before {
		t.Error("something has changed")
	}
	p.refused(401, "", "GET", "/Users", "")
}
