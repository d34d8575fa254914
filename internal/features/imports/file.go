package imports

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	columns     map[string]bool
}

// Line is a person of the file.
type Line struct {
	Number int // in the file, from 1; the line with the columns' names is one too
	Person store.PersonDetails
	Change Change
	Fields []Field // what changes of one who is there
}

// Field is a field of a person that changes.
type Field struct{ Name, Label, Was, Is string }

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
	Line  int    // 0: the file as a whole
	Field string // a column; "" for the line as a whole
	Kind  string // see the texts people.import.problem.*
	Value string // what is there
}

// Count is how many lines have that change.
func (i Import) Count(change Change) (n int) {
	for _, line := range i.Lines {
		if line.Change == change {
			n++
		}
	}
	return n
}

// Digest is the same for the same people with the same changes.
func (i Import) Digest() string {
	hash := sha256.New()
	for _, line := range i.Lines {
		fmt.Fprintf(hash, "%q", fmt.Sprint(line))
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// problem notes one, with as much of its value as is shown.
func (i *Import) problem(p Problem) {
	p.Value = store.Clip(p.Value, 100)
	i.Problems = append(i.Problems, p)
}

// parse reads a file of people: UTF-8, with or without a byte order mark,
// with commas or semicolons. It knows nothing of who is there already.
func parse(file string) (i Import) {
	file = strings.TrimPrefix(file, "\uFEFF")
	switch {
	case len(file) > maxBytes:
		i.problem(Problem{0, "", "size", ""})
		return i
	case !utf8.ValidString(file) || strings.ContainsRune(file, 0):
		i.problem(Problem{0, "", "encoding", ""})
		return i
	}
	in := csv.NewReader(strings.NewReader(file))
	head, _, _ := strings.Cut(file, "\n")
	if strings.Count(head, ";") > strings.Count(head, ",") {
		in.Comma = ';'
	}
	in.FieldsPerRecord = -1
	columns, err := in.Read()
	if errors.Is(err, io.EOF) {
		i.problem(Problem{0, "", "empty", ""})
		return i
	}
	i.columns = map[string]bool{}
	for n := range columns {
		columns[n] = strings.ToLower(strings.TrimSpace(columns[n]))
		switch name := columns[n]; {
		case !slices.Contains(columnNames(), name):
			i.problem(Problem{1, "", "column", name})
		case i.columns[name]:
			i.problem(Problem{1, "", "twice", name})
		default:
			i.columns[name] = true
		}
	}
	for _, name := range []string{"name", "email"} {
		if err == nil && !i.columns[name] {
			i.problem(Problem{1, "", "missing", name})
		}
	}
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		i.problem(Problem{broken.Line, "", "quotes", ""})
	}
	if len(i.Problems) > 0 { // the columns say what the lines mean
		return i
	}
	seen := map[string]int{}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok { // what is behind it means something else
			i.problem(Problem{broken.Line, "", "quotes", ""})
			break
		}
		number, _ := in.FieldPos(0)
		if len(record) == 1 && strings.TrimSpace(record[0]) == "" {
			continue
		}
		if len(i.Lines) == maxLines {
			i.problem(Problem{0, "", "lines", ""})
			break
		}
		i.line(number, columns, record, seen)
	}
	if len(i.Lines) == 0 && len(i.Problems) == 0 {
		i.problem(Problem{0, "", "empty", ""})
	}
	return i
}

// columnNames are those that the first line of an import may have. Name and email
// must be there; what has no column stays as it is.
func columnNames() (all []string) {
	for _, f := range store.PersonFields {
		all = append(all, f.Name)
	}
	return all
}

// line reads a person, with what is wrong with them.
func (i *Import) line(number int, columns, record []string, seen map[string]int) {
	value := map[string]string{}
	for n, name := range columns {
		if n < len(record) {
			value[name] = store.Line(record[n])
		}
	}
	var p store.PersonDetails
	for _, f := range store.PersonFields {
		if *f.Of(&p) = value[f.Name]; f.Clean != nil {
			*f.Of(&p) = f.Clean(value[f.Name])
		}
	}
	i.Lines = append(i.Lines, Line{Number: number, Person: p})
	if len(record) != len(columns) {
		i.problem(Problem{number, "", "fields", fmt.Sprint(len(record))})
		return
	}
	for _, field := range store.PersonFields.Invalid(p.WithDefaults()) { // one who is there keeps what is not said
		i.problem(Problem{number, field, field, value[field]})
	}
	if p.Role != "" && p.Role != store.Employee && p.Role != store.Editor {
		i.problem(Problem{number, "role", "role", value["role"]})
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "Local" || len(p.TimeZone) > 64 {
		i.problem(Problem{number, "time_zone", "zone", p.TimeZone})
	}
	email := strings.ToLower(p.Email)
	if first := seen[email]; first > 0 && email != "" {
		i.problem(Problem{number, "email", "again", p.Email})
	} else {
		seen[email] = number
	}
	if p.Manager != "" && strings.EqualFold(p.Manager, p.Email) {
		i.problem(Problem{number, "manager", "self", p.Manager})
	}
}
