package scim

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/carameloai/intranet/internal/store"
)

// config says what of SCIM is supported.
func (a *api) config(w http.ResponseWriter, _ *http.Request, _ client) error {
	no := object{"supported": false}
	return answer(w, http.StatusOK, object{
		"schemas":        []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":          object{"supported": true},
		"bulk":           object{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter":         object{"supported": true, "maxResults": maxPage},
		"changePassword": no, "sort": no, "etag": no,
		"authenticationSchemes": []object{{
			"type": "oauthbearertoken", "name": "Bearer token", "primary": true,
			"description": "A token of the intranet's command line, in the header Authorization.",
		}},
		"meta": object{
			"resourceType": "ServiceProviderConfig", "location": a.location("/ServiceProviderConfig"),
		},
	})
}

// userType is the only type of resource.
func (a *api) userType() object {
	return object{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"},
		"id":      "User", "name": "User", "description": "A person of the company", "endpoint": "/Users",
		"schema": coreUser, "schemaExtensions": []object{{"schema": enterprise, "required": false}},
		"meta": object{"resourceType": "ResourceType", "location": a.location("/ResourceTypes/User")},
	}
}

func (a *api) resourceTypes(w http.ResponseWriter, _ *http.Request, _ client) error {
	return answer(w, http.StatusOK, listOf([]object{a.userType()}, 1, 1))
}

func (a *api) resourceType(w http.ResponseWriter, _ *http.Request, _ client) error {
	return answer(w, http.StatusOK, a.userType())
}

func (a *api) schemas(w http.ResponseWriter, _ *http.Request, _ client) error {
	all := a.userSchemas()
	return answer(w, http.StatusOK, listOf(all, len(all), 1))
}

func (a *api) schema(w http.ResponseWriter, r *http.Request, _ client) error {
	for _, s := range a.userSchemas() {
		if strings.EqualFold(r.PathValue("id"), s["id"].(string)) {
			return answer(w, http.StatusOK, s)
		}
	}
	return problem{http.StatusNotFound, "", "There is no such schema."}
}

// userSchemas are those of a user, with the attributes that the intranet has a place for.
func (a *api) userSchemas() []object {
	schema := func(id, name, description string, attributes ...object) object {
		return object{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"},
			"id":      id, "name": name, "description": description, "attributes": attributes,
			"meta": object{"resourceType": "Schema", "location": a.location("/Schemas/" + id)},
		}
	}
	userName := text("userName", "The e-mail address, with which people are known.")
	userName["required"], userName["uniqueness"] = true, "server"
	external := text("externalId", "How the provider calls the person.")
	external["caseExact"] = true
	return []object{
		schema(coreUser, "User", "A person of the company", userName, external,
			text("displayName", "The name that colleagues see."),
			complexOf("name", "The parts of the name, which make it where displayName is not sent.", false,
				text("formatted", "The name that colleagues see."), text("givenName", "First name."),
				text("familyName", "Last name.")),
			text("title", "Job title."),
			text("preferredLanguage", "en, pt or es, with or without a country. Others are left out."),
			text("timezone", "An IANA time zone such as America/Sao_Paulo. Others are left out."),
			typed(text("active", "Whether the person may sign in."), "boolean"),
			readOnly(complexOf("emails", "The e-mail address, from userName.", true,
				text("value", "The address."), text("type", "work."),
				typed(text("primary", "Always true."), "boolean"))),
			complexOf("phoneNumbers", "The number for colleagues: that of work.", true,
				text("value", "The number."), text("type", "work, or mobile where there is none."),
				typed(text("primary", "Always true."), "boolean")),
		),
		schema(enterprise, "EnterpriseUser", "Where the person works",
			text("department", "A department of the intranet, by its slug or name. Others are left out."),
			complexOf("manager", "Who the person reports to.", false,
				text("value", "The id of the manager."),
				readOnly(typed(text("$ref", "The address of the manager."), "reference")),
				readOnly(text("displayName", "The name of the manager.")))),
	}
}

// text is the definition of an attribute that is a text.
func text(name, description string) object {
	all := object{
		"name": name, "type": "string", "multiValued": false, "description": description, "required": false,
		"caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
	}
	for _, f := range store.PersonFields {
		if f.Name == fieldOf[strings.ToLower(name)] && f.Max > 0 {
			all["description"] = description + " At most " + strconv.Itoa(f.Max) + " characters."
		}
	}
	return all
}

// typed is an attribute of another type than a text.
func typed(attribute object, kind string) object {
	attribute["type"] = kind
	if kind == "reference" {
		attribute["referenceTypes"] = []string{"User"}
	}
	return attribute
}

func readOnly(attribute object) object {
	attribute["mutability"] = "readOnly"
	return attribute
}

// complexOf is an attribute that has parts.
func complexOf(name, description string, several bool, parts ...object) object {
	all := text(name, description)
	all["type"], all["multiValued"], all["subAttributes"] = "complex", several, parts
	return all
}
