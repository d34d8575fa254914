package store

// Role is what a person may do; each includes the one before it.
type Role string

// The roles.
const (
	Employee Role = "employee"
	Editor   Role = "editor"
	Admin    Role = "admin"
)

// Roles are all of them, from the least to the most.
var Roles = []Role{Employee, Editor, Admin}

// Person is somebody of the company. ID is the identity that Caramelo gets as
// external_customer_id: a UUID, immutable and never reused.
type Person struct {
	ID             string
	Name           string
	Email          string
	Role           Role
	Lang           string // en, pt or es
	Department     string // slug; "" without one
	DepartmentName string // in the language that was asked for
	Title          string
	Skills         string // separated by a comma and a space, see Skills
	Active         bool
	TimeZone       string // IANA
	Theme          Theme
}

// Theme is whether the pages are light or dark.
type Theme string

// The themes. Auto leaves it to the person's device.
const (
	Auto  Theme = "auto"
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Themes are all of them.
var Themes = []Theme{Auto, Light, Dark}

// PersonColumns reads a Person; $1 is the reader's language.
const PersonColumns = `p.id, p.name, p.email, p.role, p.lang, coalesce(p.department, '') AS department,
	coalesce(d.names->>$1, d.names->>'en', '') AS department_name, p.title, p.skills, p.active, p.time_zone, p.theme`

// PeopleJoin is where PersonColumns are read from.
const PeopleJoin = ` FROM people p LEFT JOIN departments d ON d.slug = p.department `
