package scim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What providers send is understood as they write it: Microsoft Entra ID sends booleans as
// texts, ops with capitals, paths with filters and names with their schema; Okta operations
// without a path, and whole users.
func TestChangesAreUnderstoodAsProvidersWriteThem(t *testing.T) {
	t.Parallel()
	p := start(t)
	bea := "/Users/" + p.IDs["bea"]
	p.must(200, "PUT", bea, whole(`"displayName": "Bea", "title": "First", "externalId": "1",
		"name": {"givenName": "Bea", "familyName": "Reis"}, "phoneNumbers": [{"value": "+55 1", "type": "work"}]`))
	for _, test := range []struct {
		name, operations string
		want             map[string]any
	}{
		{"Entra: a title", `{"op": "Replace", "path": "title", "value": "Head"}`, map[string]any{"title": "Head"}},
		{"Entra: a flag as a text", `{"op": "Add", "path": "active", "value": "True"}`, map[string]any{"active": true}},
		{
			"Entra: many at once",
			`{"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+55 2"},
			{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "else@company.example"},
			{"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Recife"},
			{"op": "Replace", "path": "name.familyName", "value": "Prado"},
			{"op": "Replace", "path": "displayName", "value": "Bea Prado"}`,
			map[string]any{
				"phoneNumbers/value": "+55 2", "emails/value": "bea@company.example", "name/familyName": "Prado",
				"displayName": "Bea Prado", "name/formatted": "Bea Prado",
			},
		},
		{
			"Entra: the extension",
			`{"op": "Add", "path": "` + enterprise + `:department", "value": "Finance"},
			{"op": "Add", "path": "` + enterprise + `:manager", "value": "` + p.IDs["ana"] + `"},
			{"op": "Add", "path": "` + enterprise + `:costCenter", "value": "7"}`,
			map[string]any{enterprise + "/department": "Finance", enterprise + "/manager/value": p.IDs["ana"]},
		},
		{
			"Entra: names with dots and schemas, without a path",
			`{"op": "replace", "value": {"name.givenName": "Beatriz", "` + enterprise + `:department": "",
			"` + coreUser + `:title": "Lead"}}`,
			map[string]any{"name/givenName": "Beatriz", enterprise + "/department": nil, "title": "Lead"},
		},
		{
			"Entra: the manager is taken away", `{"op": "Remove", "path": "` + enterprise + `:manager"}`,
			map[string]any{enterprise: nil},
		},
		{
			"a manager as an object", `{"op": "add", "path": "` + enterprise + `:manager",
			"value": {"value": "` + p.IDs["caio"] + `", "displayName": "whoever"}}`,
			map[string]any{enterprise + "/manager/value": p.IDs["caio"]},
		},
		{
			"the path of a schema", `{"op": "replace", "path": "` + enterprise + `",
			"value": {"manager": {"value": "` + p.IDs["ana"] + `"}, "department": "FINANCEIRO"}}`,
			map[string]any{enterprise + "/manager/value": p.IDs["ana"], enterprise + "/department": "Finance"},
		},
		{
			"the extension is taken away", `{"op": "remove", "path": "` + enterprise + `"}`,
			map[string]any{enterprise: nil},
		},
		{
			"the extension is there again", `{"op": "add", "value": {"` + enterprise + `": {"department": "finance"}}}`,
			map[string]any{enterprise + "/department": "Finance"},
		},
		{"Okta: disabled", `{"op": "replace", "value": {"active": false}}`, map[string]any{"active": false}},
		{"Okta: enabled", `{"op": "replace", "value": {"active": true}}`, map[string]any{"active": true}},
		{
			"capitals make no difference", `{"OP": "REPLACE", "Path": "TITLE", "Value": "Boss"}`,
			map[string]any{"title": "Boss"},
		},
		{
			"the name follows its parts", `{"op": "replace", "path": "name", "value": {"familyName": "Dias"}}`,
			map[string]any{"displayName": "Beatriz Dias", "name/familyName": "Dias"},
		},
		{
			"a list of phones", `{"op": "replace", "path": "phoneNumbers", "value": [{"value": "3", "type": "home"},
			{"value": "4", "type": "mobile"}]}`,
			map[string]any{"phoneNumbers/value": "4"},
		},
		{
			"a phone of another type", `{"op": "add", "path": "phoneNumbers[type eq \"home\"].value", "value": "5"}`,
			map[string]any{"phoneNumbers/value": "4"},
		},
		{
			"removed", `{"op": "remove", "path": "phoneNumbers[type eq \"work\"]"}, {"op": "remove", "path": "title"},
			{"op": "remove", "path": "externalId"}, {"op": "remove", "path": "name.givenName"}`,
			map[string]any{"phoneNumbers": nil, "title": nil, "externalId": nil, "name/givenName": nil},
		},
		{
			"what the intranet does not have is left out",
			`{"op": "replace", "value": {"preferredLanguage": "fr-FR", "timezone": "Mars/Base", "nickName": "B",
			"` + enterprise + `": {"department": "Nowhere"}, "urn:x:y:z": {"userName": "x"}, "a": {"userName": "x"}}}`,
			map[string]any{
				"preferredLanguage": "en", "timezone": "UTC", enterprise + "/department": "Finance",
				"userName": "bea@company.example",
			},
		},
		{
			"the last one counts", `{"op": "replace", "path": "title", "value": "A"},
			{"op": "replace", "path": "title", "value": "B"}`,
			map[string]any{"title": "B"},
		},
		{
			"an address", `{"op": "replace", "path": "userName", "value": "Beatriz@company.example"},
			{"op": "replace", "path": "timezone", "value": "America/Recife"},
			{"op": "replace", "path": "preferredLanguage", "value": "es"}`,
			map[string]any{
				"userName": "Beatriz@company.example", "timezone": "America/Recife", "preferredLanguage": "es",
			},
		},
	} {
		r := p.must(200, "PATCH", bea, patch(test.operations))
		for path, want := range test.want {
			if got := r.at(path); got != want {
				t.Errorf("%s: %s is %v, want %v", test.name, path, got, want)
			}
		}
		if again := p.must(200, "GET", bea, ""); again.Body != r.Body {
			t.Errorf("%s: it is %s afterwards, and was answered as %s", test.name, again.Body, r.Body)
		}
	}
	recorded := p.Recorded()
	for _, want := range []string{
		"person.changed SCIM: e-mail: bea@company.example to Beatriz@company.example, lang, time_zone",
		"person.changed SCIM: department, manager", "person.disabled SCIM", "person.enabled SCIM",
	} {
		if !slices.Contains(recorded, want) {
			t.Errorf("%q is not recorded, but %q", want, recorded)
		}
	}
}

// Okta sends whole users with what it knows. What it leaves out stays: a phone may be what
// somebody wrote into their own profile.
func TestAWholeUserKeepsWhatIsNotSent(t *testing.T) {
	t.Parallel()
	p := start(t)
	bea := "/Users/" + p.IDs["bea"]
	p.Exec(`UPDATE people SET phone = '+55 9', skills = 'Go', title = 'Cook' WHERE id = $1`, p.IDs["bea"])
	p.must(200, "PUT", bea, `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "`+p.IDs["bea"]+`",
		"userName": "bea@company.example", "name": {"givenName": "Bea", "familyName": "Lima"}, "groups": [],
		"emails": [{"primary": true, "value": "bea@company.example", "type": "work"}], "locale": "en-US",
		"title": null, "externalId": "00u1", "active": true, "meta": {"resourceType": "User"}}`)
	if n := p.Count(`people WHERE id = $1 AND name = 'Bea Lima' AND phone = '+55 9' AND skills = 'Go' AND title = ''
		AND department = 'finance' AND active`, p.IDs["bea"]); n != 1 {
		t.Error(p.First(`SELECT row_to_json(p)::text FROM people p WHERE id = $1`, p.IDs["bea"]))
	}
	// A user with an address alone has a name, too.
	made := p.must(201, "POST", "/Users", whole(`"userName": "eva.dias@company.example", "active": "False"`))
	if made.text("displayName") != "eva.dias" || made.at("active") != false {
		t.Errorf("made %s", made.Body)
	}
	if n := p.Count(`people WHERE id = $1 AND NOT active AND disabled_at IS NOT NULL`, made.text("id")); n != 1 {
		t.Error("she is not disabled")
	}
}

// People are found by what providers look for, and listed page by page.
func TestPeopleAreFoundAndListed(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.Exec(`UPDATE people SET manager_id = $2, name = 'Bea' WHERE id = $1`, p.IDs["bea"], p.IDs["ana"])
	p.must(200, "PATCH", "/Users/"+p.IDs["bea"], patch(`{"op": "add", "path": "externalId", "value": "x \"y\" Z"}`))
	p.Exec(`UPDATE people SET active = false WHERE id = $1`, p.IDs["caio"])
	for filter, want := range map[string][]string{
		"":                                  {"ana", "bea", "caio"},
		`userName eq "bea@company.example"`: {"bea"}, `USERNAME EQ "BEA@Company.EXAMPLE"`: {"bea"},
		`username eq "nobody@company.example"`: nil, `userName eq "bea@company.example' OR '1'='1"`: nil,
		`emails[type eq "work"].value eq "bea@company.example"`: {"bea"},
		`emails.value eq "bea@company.example"`:                 {"bea"},
		`externalId eq "x \"y\" Z"`:                             {"bea"}, `externalId eq "x \"y\" z"`: nil,
		`displayName eq "bea"`: {"bea"}, `active eq true`: {"ana", "bea"}, `active eq "False"`: {"caio"},
		coreUser + `:userName eq "bea@company.example"`: {"bea"},
		`id eq "` + p.IDs["bea"] + `"`:                  {"bea"},
		`id eq "none"`:                                  nil,
		`id eq "` + p.IDs["bea"] + `" and manager eq "` + p.IDs["ana"] + `"`:       {"bea"},
		`id eq "` + p.IDs["bea"] + `" and manager eq "` + p.IDs["bea"] + `"`:       nil,
		enterprise + `:manager.value eq "` + p.IDs["ana"] + `" and active eq true`: {"bea"},
		"externalId eq \"\\u0000\"": nil, `userName eq "\ud800"`: nil,
	} {
		r := p.must(200, "GET", "/Users?attributes=userName&filter="+url.QueryEscape(filter), "")
		var got []string
		for _, u := range r.at("Resources").([]any) {
			email, _ := u.(map[string]any)["userName"].(string)
			got = append(got, strings.TrimSuffix(email, "@company.example"))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) || r.at("totalResults") != float64(len(want)) {
			t.Errorf("%s finds %s: %v", filter, got, r.at("totalResults"))
		}
	}

	p.Exec(`INSERT INTO people (name, email) SELECT 'P', 'p' || n || '@company.example' FROM generate_series(1, 247) n`)
	seen := map[string]bool{}
	for startIndex := 1; startIndex <= 250; startIndex += 100 {
		r := p.must(200, "GET", fmt.Sprintf("/Users?startIndex=%d&count=100", startIndex), "")
		for _, u := range r.at("Resources").([]any) {
			seen[u.(map[string]any)["id"].(string)] = true
		}
		if r.at("totalResults") != 250.0 || r.at("startIndex") != float64(startIndex) {
			t.Errorf("from %d on: %v of %v", startIndex, r.at("startIndex"), r.at("totalResults"))
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d of 250 were listed", len(seen))
	}
	for query, want := range map[string]float64{
		"": 100, "count=5000": 200, "count=0": 0, "count=-3": 0, "startIndex=-7&count=2": 2, "startIndex=250": 1,
		"startIndex=2147483647": 0,
	} {
		if r := p.must(200, "GET", "/Users?"+query, ""); r.at("itemsPerPage") != want || r.at("totalResults") != 250.0 {
			t.Errorf("%s has %v of %v", query, r.at("itemsPerPage"), r.at("totalResults"))
		}
	}
}

// A client says which attributes it wants.
func TestAttributesAreChosen(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.must(200, "PATCH", "/Users/"+p.IDs["bea"],
		patch(`{"op": "add", "path": "`+enterprise+`:manager", "value": "`+p.IDs["ana"]+`"}`))
	keys := func(query string) string {
		var keys []string
		for key := range p.must(200, "GET", "/Users/"+p.IDs["bea"]+"?"+query, "").object {
			keys = append(keys, strings.TrimPrefix(key, "urn:ietf:params:scim:schemas:extension:"))
		}
		slices.Sort(keys)
		return strings.Join(keys, " ")
	}
	for query, want := range map[string]string{
		"attributes=USERNAME,name.givenName":    "id name schemas userName",
		"attributes=" + coreUser + ":title,":    "id schemas title",
		"attributes=" + enterprise + ":manager": "enterprise:2.0:User id schemas",
		"attributes=none":                       "id schemas",
		"excludedAttributes=emails,meta,id,schemas,timezone,name": "active displayName enterprise:2.0:User id " +
			"preferredLanguage schemas title userName",
	} {
		if got := keys(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// A provider asks first what is supported, and is told the truth.
func TestWhatIsSupportedIsSaid(t *testing.T) {
	t.Parallel()
	p := start(t)
	config := p.must(200, "GET", "/ServiceProviderConfig", "")
	for path, want := range map[string]any{
		"patch/supported": true, "filter/supported": true, "filter/maxResults": float64(maxPage),
		"bulk/supported": false,
		"sort/supported": false, "etag/supported": false, "changePassword/supported": false,
		"authenticationSchemes/type": "oauthbearertoken",
	} {
		if got := config.at(path); got != want {
			t.Errorf("%s is %v", path, got)
		}
	}
	types := p.must(200, "GET", "/ResourceTypes", "")
	if types.at("totalResults") != 1.0 || types.text("Resources/id") != "User" {
		t.Errorf("the types are %s", types.Body)
	}
	p.must(200, "GET", "/ResourceTypes/User", "")
	schemas := p.must(200, "GET", "/Schemas", "")
	if schemas.at("totalResults") != 2.0 {
		t.Errorf("the schemas are %s", schemas.Body)
	}
	// Each attribute that a user is sent with is described, and the other way round.
	described := map[string]bool{"schemas": true, "id": true, "meta": true, enterprise: true}
	for _, s := range schemas.at("Resources").([]any) {
		schema := s.(map[string]any)
		p.must(200, "GET", "/Schemas/"+schema["id"].(string), "")
		for _, a := range schema["attributes"].([]any) {
			name := a.(map[string]any)["name"].(string)
			described[name] = true
			if !known(strings.ToLower(name)) && name != "name" && name != "emails" {
				t.Errorf("%s is described, and has no place", name)
			}
		}
	}
	for key := range p.must(201, "POST", "/Users", dora).object {
		if !described[key] {
			t.Errorf("%s is sent, and not described", key)
		}
	}
	for attribute := range fieldOf {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(described)), func(name string) bool {
			return strings.EqualFold(name, attribute)
		}) {
			t.Errorf("%s is not described", attribute)
		}
	}
}
