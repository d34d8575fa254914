package checks

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Count says how many checks ended at each level.
func Count(all []Check) map[Level]int {
	counts := map[Level]int{}
	for _, c := range all {
		counts[c.Level]++
	}
	return counts
}

// First is the first failure, or the first warning where nothing has failed.
func First(all []Check) (Check, bool) {
	for _, level := range []Level{Failure, Warning} {
		if i := slices.IndexFunc(all, func(c Check) bool { return c.Level == level }); i >= 0 {
			return all[i], true
		}
	}
	return Check{}, false
}

// Print writes the checks for people, how many there are of each level, and where to begin.
// Between two groups is an empty line. A line is longer than 80 columns only where one word is.
func Print(w io.Writer, all []Check) {
	for i, c := range all {
		if group, _, _ := strings.Cut(c.ID, "."); i > 0 && !strings.HasPrefix(all[i-1].ID, group+".") {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%-9s", c.Level)
		printWrapped(w, c.ID+": "+c.Seen)
		if c.Mend != "" {
			fmt.Fprintf(w, "%-9s", "")
			printWrapped(w, "-> "+c.Mend)
		}
	}
	counts := Count(all)
	fmt.Fprintf(w, "\n%d ok, %d warning, %d failure, %d skipped.\n",
		counts[Fine], counts[Warning], counts[Failure], counts[Skipped])
	if first, ok := First(all); ok {
		fmt.Fprint(w, "Begin -> ")
		printWrapped(w, first.ID+": "+first.Mend)
	}
}

// printWrapped writes a text that begins at column 9, in lines of at most 80
// columns. Those after the first begin two columns further right.
func printWrapped(w io.Writer, text string) {
	column := 9
	for i, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > 80:
			fmt.Fprint(w, "\n"+strings.Repeat(" ", 11))
			column = 11
		default:
			fmt.Fprint(w, " ")
			column++
		}
		fmt.Fprint(w, word)
		column += length
	}
	fmt.Fprintln(w)
}

// PrintJSON writes one JSON document: checks, and counts of each level.
func PrintJSON(w io.Writer, all []Check) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"checks": all, "counts": Count(all)})
}

type suite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Failure *message `xml:"failure"`
	Skipped *message `xml:"skipped"`
	Out     string   `xml:"system-out,omitempty"` // what is right, and warnings, which JUnit does not have
}

type message struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// PrintJUnit writes the checks as a test suite, as build servers read it.
func PrintJUnit(w io.Writer, name string, all []Check) error {
	counts := Count(all)
	s := suite{Name: name, Tests: len(all), Failures: counts[Failure], Skipped: counts[Skipped]}
	for _, c := range all {
		one := testCase{Class: name, Name: c.ID}
		switch c.Level {
		case Failure:
			one.Failure = &message{Message: c.Seen, Text: c.Mend}
		case Skipped:
			one.Skipped = &message{Message: c.Seen}
		default:
			one.Out = strings.TrimSpace(string(c.Level) + ": " + c.Seen + "\n" + c.Mend)
		}
		s.Cases = append(s.Cases, one)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
