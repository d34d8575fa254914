package scim

import (
	"encoding/json"
	"regexp"
	"strings"
)

// The schemas of a user, which stand before the names of their attributes in filters and paths.
const (
	coreUser   = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// maxFilter is the length of the longest filter in bytes. An e-mail has 254.
const maxFilter = 1000

// clause is an attribute that has to have a value. Of the filters that RFC 7644 knows, providers
// send these, with “and” between them; any other is refused.
type clause struct{ attribute, value string }

// Parts of a filter and of a path.
const (
	aName  = `[A-Za-z$][\w$-]*`
	aPlace = `(?:(?i:urn):[\w:.-]+:)?` + aName + `(?:\[[^\]]*\])?(?:\.` + aName + `)?`
)

var (
	aClause = regexp.MustCompile(`^\s*(` + aPlace + `)\s+(?i:eq)\s+("(?:[^"\\]|\\.)*"|(?i:true|false))\s*`)
	and     = regexp.MustCompile(`^(?i:and)\s`)
	aPath   = regexp.MustCompile(`^(?:((?i:urn):[\w:.-]+):)?(` + aName + `)(?:\[(.*)\])?(?:\.(` + aName + `))?$`)
)

// parseFilter reads a filter. An empty one has no clauses.
func parseFilter(filter string) (all []clause, err error) {
	refused := problem{400, "invalidFilter", `Filters are such as userName eq "ana@example.com", with "and".`}
	if len(filter) > maxFilter {
		return nil, refused
	}
	for rest := strings.TrimSpace(filter); rest != ""; {
		found := aClause.FindStringSubmatch(rest)
		if found == nil {
			return nil, refused
		}
		at, known := parsePath(found[1])
		value := strings.ToLower(found[2])
		if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(found[2]), &value) != nil || !known {
			return nil, refused
		}
		all = append(all, clause{at.String(), value})
		if rest = rest[len(found[0]):]; rest == "" {
			break
		}
		if !and.MatchString(rest) {
			return nil, refused
		}
		if rest = strings.TrimSpace(rest[len("and"):]); rest == "" {
			return nil, refused
		}
	}
	return all, nil
}

// place is an attribute that a path leads to, in lower case, because capitals make no
// difference in names of attributes.
type place struct {
	attribute string // without its schema, where that is one of a user's
	filter    string // which of several values, as it stands in the brackets
	part      string // of the attribute
}

// String is the attribute with its part.
func (p place) String() string {
	if p.part == "" {
		return p.attribute
	}
	return p.attribute + "." + p.part
}

// parsePath reads a path, and reports whether it is one. The path of a schema of a user leads
// to all of its attributes.
func parsePath(path string) (p place, ok bool) {
	if strings.EqualFold(path, coreUser) || strings.EqualFold(path, enterprise) {
		return place{}, true
	}
	found := aPath.FindStringSubmatch(path)
	if found == nil || len(path) > maxFilter {
		return place{}, false
	}
	schema := found[1]
	p = place{strings.ToLower(found[2]), found[3], strings.ToLower(found[4])}
	if schema != "" && !strings.EqualFold(schema, coreUser) && !strings.EqualFold(schema, enterprise) {
		p.attribute = strings.ToLower(schema) + ":" + p.attribute // nobody's here
	}
	return p, true
}
