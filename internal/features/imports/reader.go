package imports

import (
	"encoding/csv"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/store"
)

// reader reads the lines of a file.
type reader struct {
	in      *csv.Reader
	columns *columns       // nil before the line with their names
	seen    map[string]int // the first line of each e-mail
	unnamed bool           // that a column has no name was said

	title     []string // what stands above the columns' names
	titleLine int
}

// firstLine is what some programs write above the columns' names: Excel's word for what
// separates them, and Microsoft Entra ID's version.
var firstLine = regexp.MustCompile(`(?i)^"?(?:sep=(.)|version:v[\d.]+)"?[,;\t ]*$`)

// bare is a text that a program wrote as a formula, ="…", without the quotation marks of
// CSV around it. None is within a cell that has them, where each of its own is doubled.
var bare = regexp.MustCompile(`(?m)(^|[,;\t|])="([^"\n,;\t|]+)"`)

// newReader finds out what separates the columns: with it the first line has the most names
// that mean something, or else the most cells.
func newReader(text string) *csv.Reader {
	text = bare.ReplaceAllString(text, `$1"$2"`)
	comma := ','
	if head, rest, _ := strings.Cut(text, "\n"); firstLine.MatchString(head) {
		text = "\n" + rest // the lines keep their numbers
		if given := firstLine.FindStringSubmatch(head)[1]; given != "" {
			comma, _ = utf8.DecodeRuneInString(given)
		}
	}
	known, cells := 0, 0
	for _, r := range string(comma) + ",;\t|" {
		in := csvReader(text, r)
		names, err := in.Read()
		for err == nil && filled(names) < 2 {
			names, err = in.Read()
		}
		means := 0
		for _, name := range names[:min(len(names), maxColumns)] {
			if _, _, is := meaning(store.Line(name)); is {
				means++
			}
		}
		if means > known || means == known && len(names) > cells {
			comma, known, cells = r, means, len(names)
		}
	}
	return csvReader(text, comma)
}

func csvReader(text string, comma rune) *csv.Reader {
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = comma, -1
	return in
}

// filled is in how many cells of a line there is something. Spreadsheets save the separators
// of cells that were cleared.
func filled(cells []string) (n int) {
	for _, cell := range cells {
		if store.Line(cell) != "" {
			n++
		}
	}
	return n
}

// read reads one more line, and reports whether there may be others.
func (i *Import) read(r *reader) bool {
	record, err := r.in.Read()
	if broken, ok := errors.AsType[*csv.ParseError](err); ok { // what is behind it means something else
		i.problem(Problem{Line: broken.Line, Kind: "quotes"})
	}
	if err != nil {
		return false
	}
	number, _ := r.in.FieldPos(0)
	switch {
	case filled(record) == 0:
	case r.columns == nil:
		names := make([]string, len(record))
		for n := range record {
			names[n] = store.Line(record[n])
		}
		if filled(names) < 2 { // name and email must be there: it is the title of a report
			if r.title == nil {
				r.title, r.titleLine = names, number
			}
			return true
		}
		found := i.readColumns(number, names)
		r.columns = &found
		return len(i.Problems) == 0 // the columns say what the lines mean
	case len(i.Lines) == maxLines:
		i.problem(Problem{Kind: "toomany"})
		return false
	default:
		i.line(number, r, record)
	}
	return true
}
