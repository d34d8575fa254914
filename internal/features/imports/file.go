package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/store"
)

// Bounds of an import.
const (
	maxBytes = 2 << 20
	maxLines = 10_000
)

// Import is what a CSV file would do, or did.
type Import struct {
	Lines       []Line
	Problems    []Problem         // in the order of the lines; with any of them nothing is imported
	Departments map[string]string // names by slug, in the reader's language
	Left        []string          // columns that are not imported, of lists that we know
	Unknown     []string          // columns that nobody knows, which are not imported either
	Several     []string          // columns that stand for one field, of which one counts for each person
	Whole       bool              // the file lists everybody: see missing.go
	Missing     []Missing         // who is disabled because a whole list does not have them
	Staff       int               // how many people a whole list could have disabled
	columns     map[string]bool   // the fields that the file has
	said        map[string]int    // places of the problems that are the value's
}

// Line is a person of the file.
type Line struct {
	Number int // in the file, from 1; the line with the columns' names is one too
	Person store.PersonDetails
	Change Change
	Fields []Field // what changes of one who is there, or all that is said of one who is new

	Disabled        bool // and stays so
	ManagerDisabled bool
	Predecessor     bool // who is new gets the e-mail that somebody else had
}

// Field is a field of a person that changes, or one of a new person.
type Field struct {
	Name, Label, Was, Is string
	New                  bool // of one who is new: there is no Was
}

// Change is what becomes of a line's person.
type Change string

// The changes.
const (
	Adds    Change = "added"
	Changes Change = "changed"
	Keeps   Change = "unchanged"
)

// Problem is something in the file that cannot be imported.
type Problem struct {
	Line      int    // 0: the file as a whole
	Field     string // a column; "" for the line as a whole
	Kind      string // see the texts people.import.problem.*
	Value     string // what is there
	Character string // of the value, that does not fit: U+200D
	More      int    // other lines with the same
}

// sameEverywhere are the kinds of problems that are the value's, and not the line's.
var sameEverywhere = []string{"department", "manager", "role", "lang", "zone"}

// Count is how many lines have that change.
func (i Import) Count(change Change) (n int) {
	for _, line := range i.Lines {
		if line.Change == change {
			n++
		}
	}
	return n
}

// disabled is how many lines are of somebody who is disabled.
func (i Import) disabled() (n int) {
	for _, line := range i.Lines {
		if line.Disabled {
			n++
		}
	}
	return n
}

// summary is what an import does, for the audit trail and the command line.
func (i Import) summary() string {
	text := fmt.Sprintf("%d added, %d changed, %d unchanged", i.Count(Adds), i.Count(Changes), i.Count(Keeps))
	if i.Whole {
		text += fmt.Sprintf(", %d disabled", len(i.Missing))
	}
	return text
}

// Digest is the same for the same people with the same changes.
func (i Import) Digest() string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%t%q", i.Whole, fmt.Sprint(i.Missing))
	for _, line := range i.Lines {
		fmt.Fprintf(hash, "%q", fmt.Sprint(line))
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// problem notes one, with as much of its value as is shown. What is wrong with the same
// value in many lines is one problem.
func (i *Import) problem(p Problem) {
	p.Value = store.Clip(p.Value, 100)
	if same := p.Kind + " " + p.Value; slices.Contains(sameEverywhere, p.Kind) {
		if first, said := i.said[same]; said {
			i.Problems[first].More++
			return
		}
		if i.said == nil {
			i.said = map[string]int{}
		}
		i.said[same] = len(i.Problems)
	}
	i.Problems = append(i.Problems, p)
}

// whole is an import that comes to nothing, for a reason that is the file's as a whole.
func whole(kind string) (i Import) {
	i.problem(Problem{Kind: kind})
	return i
}

// parse reads a file of people. It knows nothing of who is there already. A file in an
// older code than Unicode is refused: see decode.
func parse(file string) (i Import) {
	sent := decode(file)
	switch {
	case sent.older:
		return whole("encoding")
	case sent.refuse != "":
		return whole(sent.refuse)
	}
	r := reader{in: newReader(sent.text), seen: map[string]int{}}
	for i.read(&r) {
	}
	if r.columns == nil && r.title != nil && len(i.Problems) == 0 { // there was no other
		i.readColumns(r.titleLine, r.title)
	}
	if len(i.Lines) == 0 && len(i.Problems) == 0 {
		i.problem(Problem{Kind: "empty"})
	}
	return i
}

// line reads a person, with what is wrong with them.
func (i *Import) line(number int, r *reader, record []string) {
	var p store.PersonDetails
	for _, f := range store.PersonFields {
		value := r.columns.value(f.Name, record)
		if f.Name == "name" {
			value = r.columns.name(record)
		}
		*f.Of(&p) = meant(f.Name, f.Read(value))
	}
	i.Lines = append(i.Lines, Line{Number: number, Person: p})
	for n, cell := range record {
		switch cell = store.Line(cell); {
		case cell == "":
		case n >= len(r.columns.names):
			i.problem(Problem{Line: number, Kind: "fields", Value: fmt.Sprint(len(record))})
			return
		case r.columns.names[n] == "" && !r.unnamed:
			r.unnamed = true
			i.problem(Problem{Line: number, Kind: "unnamed", Value: cell})
		}
	}
	i.check(number, p, r.seen)
}

// failed is what a spreadsheet has in a cell whose formula failed, in the three languages.
var failed = regexp.MustCompile(`^#(N/[AD]|[¡¿]?[\pL/0-9]+[!?])$`)

// check names what is wrong with a person, once for each value.
func (i *Import) check(number int, p store.PersonDetails, seen map[string]int) {
	asNew := p.WithDefaults() // one who is there keeps what is not said
	wrong := map[string]bool{}
	for _, f := range store.PersonFields {
		why, character := f.Problem(*f.Of(&asNew))
		if f.Fits != nil && failed.MatchString(*f.Of(&p)) {
			why = "formula"
		}
		if why == "" {
			continue
		}
		kind := why
		switch why {
		case "missing":
			kind = "required"
		case "long", "form":
			kind = f.Name
		}
		wrong[f.Name] = true
		i.problem(Problem{Line: number, Field: f.Name, Kind: kind, Value: *f.Of(&p), Character: character})
	}
	if p.Role != "" && p.Role != store.Employee && p.Role != store.Editor {
		i.problem(Problem{Line: number, Field: "role", Kind: "role", Value: string(p.Role)})
	}
	if email := strings.ToLower(p.Email); !wrong["email"] {
		if seen[email] > 0 {
			i.problem(Problem{Line: number, Field: "email", Kind: "again", Value: p.Email})
		} else {
			seen[email] = number
		}
		if strings.EqualFold(p.Manager, p.Email) {
			i.problem(Problem{Line: number, Field: "manager", Kind: "self", Value: p.Manager})
		}
	}
}
