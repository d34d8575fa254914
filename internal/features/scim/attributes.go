package scim

import (
	"fmt"
	"strings"
)

// attributes are what a request says of a person, by the attributes' names in lower case. One
// that is there and empty is to be cleared; one that is not there stays as it is.
type attributes map[string]string

// fieldOf is the field of a person that each attribute stands for: see store.PersonFields. Roles
// are none of them, because a token for a provider must make nobody an admin.
var fieldOf = map[string]string{
	"username":          "email",
	"displayname":       "name",
	"title":             "title",
	"preferredlanguage": "lang",
	"timezone":          "time_zone",
	phoneNumbers:        "phone",
	"department":        "department",
	manager:             "manager",
}

// Attributes that are read in ways of their own, as are those above with a name here.
const (
	phoneNumbers  = "phonenumbers"
	manager       = "manager"
	active        = "active"
	externalID    = "externalid"
	formattedName = "name.formatted"
	givenName     = "name.givenname"
	familyName    = "name.familyname"
)

// known reports whether an attribute is one of those that the intranet has a place for. All
// others are left out, as RFC 7644 has it, and so are e-mails: userName is the address.
func known(attribute string) bool {
	switch attribute {
	case active, externalID, formattedName, givenName, familyName:
		return true
	}
	return fieldOf[attribute] != ""
}

// names are the parts of a name.
var names = []string{formattedName, givenName, familyName}

// add takes an attribute's value out of JSON. Providers send objects of attributes, whole lists
// of phone numbers, and names with the schema in front; booleans come as texts, too.
func (all attributes) add(attribute string, value any) error {
	switch v := value.(type) {
	case map[string]any:
		return all.addObject(attribute, v)
	case []any:
		switch {
		case attribute == phoneNumbers:
			return all.addPhone(v)
		case attribute == manager && len(v) == 1:
			return all.add(attribute, v[0])
		case known(attribute):
			return invalid(attribute, "has to be a single value")
		}
		return nil
	}
	if attribute == manager+".value" {
		attribute = manager
	}
	if attribute == "name" && value == nil {
		for _, part := range names {
			all[part] = ""
		}
	}
	if !known(attribute) {
		return nil
	}
	switch v := value.(type) {
	case nil:
		all[attribute] = ""
	case string:
		all[attribute] = v
	case bool:
		all[attribute] = fmt.Sprint(v)
	default:
		return invalid(attribute, "has to be a text")
	}
	return nil
}

// addObject adds what is in an object.
func (all attributes) addObject(attribute string, object map[string]any) error {
	switch {
	case attribute == phoneNumbers:
		return all.addPhone([]any{object})
	case attribute == manager:
		object = map[string]any{"value": get(object, "value")}
	case strings.Count(attribute, ".") > 0:
		return nil // nothing here is deeper
	}
	seen := map[string]bool{}
	for key, value := range object {
		at, ok := parsePath(key)
		name := at.String()
		if !ok || at.filter != "" {
			continue
		}
		if attribute != "" && name != "" {
			name = attribute + "." + name
		}
		if seen[name] {
			return problem{400, "invalidSyntax", "An attribute is there twice: capitals make no difference."}
		}
		seen[name] = true
		if err := all.add(name, value); err != nil {
			return err
		}
	}
	return nil
}

// get is a value of an object by a name whose capitals make no difference.
func get(object map[string]any, name string) any {
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// addPhone takes one of a list of phone numbers: that of work, or else the first without a type
// or of a mobile. Numbers of homes and fax machines are not for colleagues.
func (all attributes) addPhone(list []any) error {
	if len(list) == 0 {
		all[phoneNumbers] = ""
	}
	best := 0
	for _, entry := range list {
		number, _ := entry.(map[string]any)
		value, isText := get(number, "value").(string)
		if !isText {
			continue
		}
		kind, _ := get(number, "type").(string)
		if rank := map[string]int{"work": 3, "": 2, "mobile": 1}[strings.ToLower(kind)]; rank > best {
			best, all[phoneNumbers] = rank, value
		}
	}
	return nil
}

// operation is one of a PATCH.
type operation struct {
	Op    string
	Path  *string
	Value any
}

// maxOperations is how many a PATCH may have.
const maxOperations = 100

// patched are the attributes that operations change, the last of each.
func patched(all []operation) (attributes, error) {
	changed := attributes{}
	if len(all) == 0 || len(all) > maxOperations {
		return nil, problem{400, "invalidValue", fmt.Sprintf("A PATCH has 1 to %d Operations.", maxOperations)}
	}
	for _, o := range all {
		op, at := strings.ToLower(o.Op), place{}
		if o.Path != nil {
			var ok bool
			if at, ok = parsePath(*o.Path); !ok {
				return nil, problem{400, "invalidPath", "A path is an attribute such as title or name.givenName."}
			}
		}
		switch op {
		case "remove":
			if o.Path == nil {
				return nil, problem{400, "noTarget", "What is to be removed has a path."}
			}
			o.Value = nil
			switch {
			case strings.EqualFold(*o.Path, enterprise):
				o.Value = map[string]any{"department": nil, manager: nil}
			case at.attribute == "username" || at.attribute == active:
				return nil, problem{400, "mutability", "userName and active cannot be removed."}
			}
		case "add", "replace":
		default:
			return nil, problem{400, "invalidSyntax", `An op is "add", "replace" or "remove".`}
		}
		if o.Value == nil && (at == place{}) {
			return nil, problem{400, "invalidValue", "A value is missing."}
		}
		if err := changed.patch(at, o.Value); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// patch adds the value of an operation. Of the values of an attribute in brackets only the phone
// number of work has a place here.
func (all attributes) patch(at place, value any) error {
	if at.filter == "" && (at.attribute != phoneNumbers || at.part == "") {
		return all.add(at.String(), value)
	}
	which, err := parseFilter(at.filter)
	if err != nil {
		return problem{400, "invalidPath", "What is in the brackets of a path is not known here."}
	}
	work := len(which) == 1 && (which[0] == clause{"type", "work"} || which[0] == clause{"primary", "true"})
	switch {
	case at.attribute != phoneNumbers || !work && at.filter != "":
		return nil
	case value == nil && (at.part == "" || at.part == "value"):
		all[phoneNumbers] = ""
	case at.part == "value":
		return all.add(phoneNumbers, value)
	case at.part == "":
		if number, is := value.(map[string]any); is {
			return all.add(phoneNumbers, get(number, "value"))
		}
		return invalid(phoneNumbers, "has to be an object")
	}
	return nil
}
