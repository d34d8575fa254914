package store

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ErrStale says that the person was changed since the form was made.
var ErrStale = errors.New("changed by somebody else meanwhile")

// NewPerson is a person to be added.
type NewPerson struct {
	Name, Email, Lang, Department, Title string
	Manager                              string // e-mail of somebody who is there, or is seeded before; "" for nobody
	Phone, Skills                        string
	Role                                 Role
	PasswordHash                         string    // "" for one who cannot sign in yet
	TimeZone                             string    // IANA; "" is UTC
	JoinedAt                             time.Time `db:"-"` // zero is now; for the seed
}

// Details are those of a person to be added.
func (p NewPerson) Details() PersonDetails {
	return PersonDetails{
		Name: p.Name, Email: p.Email, Lang: p.Lang, Department: p.Department, Title: p.Title,
		Manager: p.Manager, Phone: p.Phone, Skills: p.Skills,
	}
}

// PersonDetails is what may be changed of a person without touching what they
// may do.
type PersonDetails struct {
	Name, Email, Lang, Department, Title string
	Manager                              string // e-mail; "" for nobody
	Phone                                string
	Skills                               string // separated by a comma and a space
}

// Skills reads skills however they were separated: by commas, semicolons or
// lines. Each is there once, behind it a comma and a space.
func Skills(typed string) string {
	var all []string
	for skill := range strings.FieldsFuncSeq(typed, func(r rune) bool { return strings.ContainsRune(",;\n\r", r) }) {
		skill = strings.Join(strings.Fields(Line(skill)), " ")
		if skill != "" && !slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, skill) }) {
			all = append(all, skill)
		}
	}
	return strings.Join(all, ", ")
}

// Invalid names the fields that cannot be stored: "name", "email", "lang",
// "title", "phone" or "skills". The department and the manager are checked by the
// database.
func (d PersonDetails) Invalid() (fields []string) {
	if d.Name == "" || !Visible(d.Name, 200) {
		fields = append(fields, "name")
	}
	if !LooksLikeEmail(d.Email) {
		fields = append(fields, "email")
	}
	if d.Lang != "en" && d.Lang != "pt" && d.Lang != "es" {
		fields = append(fields, "lang")
	}
	if !Visible(d.Title, 200) {
		fields = append(fields, "title")
	}
	return append(fields, InvalidContact(d.Phone, d.Skills)...)
}

// phones have a digit, and letters for an extension.
var phones = regexp.MustCompile(`^[\pL\pM\p{Nd} +().\-/#*]*\p{Nd}[\pL\pM\p{Nd} +().\-/#*]*$`)

// InvalidContact names those of "phone" and "skills" that cannot be stored.
func InvalidContact(phone, skills string) (fields []string) {
	if phone != "" && !phones.MatchString(phone) || !Visible(phone, 40) {
		fields = append(fields, "phone")
	}
	if !Visible(skills, 300) {
		fields = append(fields, "skills")
	}
	return fields
}
