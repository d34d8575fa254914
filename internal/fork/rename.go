package fork

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// brandFile is the one place of the company's name and domain.
const brandFile = "static/brand/brand.go"

// ourName is what upstream calls itself in the title of the README.
const ourName = "Caramelo"

var moduleLine = regexp.MustCompile(`(?m)^module\s+(\S+)`)

// moduleIn is the module of a go.mod.
func moduleIn(text string) string {
	if match := moduleLine.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// nameOf is what a tree is called: by its go.mod, and in static/brand.
func nameOf(dir string) (c Choices, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod")) // #nosec G304 -- a file of the tree
	if err != nil {
		return c, err
	}
	source, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(brandFile))) // #nosec G304 -- a file of the tree
	if err != nil {
		return c, err
	}
	constants, err := constantsOf(source)
	if err != nil {
		return c, fmt.Errorf("%s: %w", brandFile, err)
	}
	c = Choices{Module: moduleIn(string(text)), Name: constants["Company"].value, Domain: constants["Domain"].value}
	if c.Module == "" || c.Name == "" || c.Domain == "" {
		return c, fmt.Errorf("go.mod and %s do not say module, Company and Domain, each as a plain text", brandFile)
	}
	return c, nil
}

// rename gives a tree another module, name and domain, each in the places that it has, and
// returns how many files have changed.
func rename(dir string, names []string, to Choices) (changed int, err error) {
	is, err := nameOf(dir)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue // a link, or a folder that is a repository of its own
		}
		old, err := os.ReadFile(path) // #nosec G304 -- a file of the tree
		if err != nil {
			return changed, err
		}
		now, err := renamed(name, old, is, to)
		if err != nil {
			return changed, fmt.Errorf("%s: %w", name, err)
		}
		if bytes.Equal(old, now) {
			continue
		}
		changed++
		if err := os.WriteFile(path, now, info.Mode().Perm()); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// renamed is the content of a file after renaming.
func renamed(name string, content []byte, is, to Choices) ([]byte, error) {
	switch base := filepath.Base(name); {
	case name == brandFile:
		return rebranded(content, to)
	case base == "go.mod":
		word := regexp.MustCompile(`(?m)(^|\s)` + regexp.QuoteMeta(is.Module) + `(/\S*)?(\s|$)`)
		return word.ReplaceAll(content, literally("${1}", to.Module, "${2}${3}")), nil
	case strings.HasSuffix(name, ".go"):
		return importing(content, is.Module, to.Module)
	case strings.HasSuffix(name, ".templ"), strings.HasSuffix(name, ".md"):
		content = importLine(is.Module).ReplaceAll(content, literally("${1}", to.Module, "${2}"))
	}
	if name == "README.md" && is.Name != to.Name {
		for _, was := range []string{ourName, is.Name} {
			if title := "# " + was + " intranet\n"; bytes.HasPrefix(content, []byte(title)) {
				return append([]byte("# "+to.Name+" intranet\n"), content[len(title):]...), nil
			}
		}
	}
	return content, nil
}

// literally is a text between references to submatches.
func literally(before, text, after string) []byte {
	return []byte(before + strings.ReplaceAll(text, "$", "$$") + after)
}

// importLine is a line of Go, or of a change to Go in a document, that imports a package of
// the module.
func importLine(module string) *regexp.Regexp {
	const before, after = `(?m)^([ +-]?\s*(?:import\s+)?(?:[\w.]+\s+)?")`, `(/[^"\s]*"\s*)$`
	return regexp.MustCompile(before + regexp.QuoteMeta(module) + after)
}

// An edit replaces a part of a file.
type edit struct {
	from, to int
	text     string
}

func edited(content []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	content = slices.Clone(content)
	for _, e := range edits {
		content = slices.Replace(content, e.from, e.to, []byte(e.text)...)
	}
	return content
}

// importing is a Go file that imports packages of the module by its new path.
func importing(content []byte, was, now string) ([]byte, error) {
	if !bytes.Contains(content, []byte(`"`+was+`/`)) {
		return content, nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", content, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var edits []edit
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		rest, ours := strings.CutPrefix(path, was+"/")
		if err == nil && ours {
			offset := files.Position(spec.Path.Pos()).Offset
			edits = append(edits, edit{offset, offset + len(spec.Path.Value), strconv.Quote(now + "/" + rest)})
		}
	}
	if edits == nil {
		return content, nil
	}
	return edited(content, edits), nil // make fmt sorts the imports
}

// A constant is a text in a Go file.
type constant struct {
	value    string
	from, to int // where its literal stands
}

func constantsOf(source []byte) (map[string]constant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	all := map[string]constant{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			value, _ := strconv.Unquote(literal.Value)
			from := files.Position(literal.Pos()).Offset
			all[spec.Names[0].Name] = constant{value, from, from + len(literal.Value)}
		}
		return true
	})
	return all, nil
}

// rebranded is brand.go with another name and domain.
func rebranded(source []byte, to Choices) ([]byte, error) {
	constants, err := constantsOf(source)
	if err != nil {
		return nil, err
	}
	var edits []edit
	for name, value := range map[string]string{"Company": to.Name, "Domain": to.Domain} {
		if c := constants[name]; c.value != value {
			edits = append(edits, edit{c.from, c.to, strconv.Quote(value)})
		}
	}
	return edited(source, edits), nil
}
