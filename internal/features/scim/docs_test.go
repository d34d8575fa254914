package scim

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	example = regexp.MustCompile(`(?s)curl (?:-X (\w+) )?-H @header "\$SCIM(/[^"]*)"(?:[ \\\n]*--data '([^']*)')?\n`)
	fences  = regexp.MustCompile("(?s)```sh\n(.*?)```")
)

// The examples of the documentation do what they say, in their order, each with what the one
// before has made.
func TestTheExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/provisioning.md")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t)
	var text strings.Builder
	for _, block := range fences.FindAllStringSubmatch(string(page), -1) {
		text.WriteString(block[1])
	}
	all := example.FindAllStringSubmatch(text.String(), -1)
	if commands := strings.Count(text.String(), "curl "); len(all) != commands || commands < 6 {
		t.Fatalf("%d of %d examples are understood", len(all), commands)
	}
	id := "none"
	for _, found := range all {
		method, path, body := found[1], strings.ReplaceAll(found[2], "$ID", id), found[3]
		if method == "" {
			method = "GET"
		}
		want := map[string]int{"GET": 200, "POST": 201, "PATCH": 200, "PUT": 200, "DELETE": 204}[method]
		if r := p.must(want, method, path, body); method == "POST" {
			id = r.text("id")
		}
	}
	if p.Count(`people WHERE id = $1 AND NOT active`, id) != 1 {
		t.Error("the examples do not end with somebody who has left")
	}
}
