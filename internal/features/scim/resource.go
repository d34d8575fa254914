package scim

import (
	"net/http"
	"slices"
	"strings"
)

// resource is a user as it is sent. What is empty is left out.
func (a *api) resource(u user) object {
	name := object{"formatted": u.Name}
	all := object{
		"schemas": []string{coreUser, enterprise}, "id": u.id, "userName": u.Email, "displayName": u.Name, "name": name,
		"active": u.active, "preferredLanguage": u.Lang, "timezone": u.TimeZone,
		"emails": []object{{"value": u.Email, "type": "work", "primary": true}},
		"meta": object{
			"resourceType": "User", "created": u.made.UTC().Format("2006-01-02T15:04:05Z"),
			"location": a.location("/Users/" + u.id),
		},
	}
	company := object{}
	for _, text := range []struct {
		in          object
		name, value string
	}{
		{all, "externalId", u.externalID}, {name, "givenName", u.givenName}, {name, "familyName", u.familyName},
		{all, "title", u.Title}, {company, "department", u.departmentName},
	} {
		if text.value != "" {
			text.in[text.name] = text.value
		}
	}
	if u.Phone != "" {
		all["phoneNumbers"] = []object{{"value": u.Phone, "type": "work", "primary": true}}
	}
	if u.managerID != "" {
		company["manager"] = object{
			"value": u.managerID, "$ref": a.location("/Users/" + u.managerID), "displayName": u.managerName,
		}
	}
	if len(company) > 0 {
		all[enterprise] = company
	}
	return all
}

// wanted leaves out what the query of a request does not ask for. Of an attribute with parts
// all parts come.
func wanted(r *http.Request, all object) object {
	named := func(list string) (names []string) {
		for name := range strings.SplitSeq(list, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			name = strings.TrimPrefix(name, strings.ToLower(coreUser)+":")
			if name != "" {
				names = append(names, name)
			}
		}
		return names
	}
	q := r.URL.Query()
	only, without := named(q.Get("attributes")), named(q.Get("excludedAttributes"))
	for key := range all {
		name := strings.ToLower(key)
		if key == "schemas" || key == "id" {
			continue
		}
		in := func(asked string) bool {
			return asked == name || strings.HasPrefix(asked, name+".") || strings.HasPrefix(asked, name+":")
		}
		if len(only) > 0 && !slices.ContainsFunc(only, in) || slices.Contains(without, name) {
			delete(all, key)
		}
	}
	return all
}
