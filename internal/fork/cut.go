package fork

import (
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

// listFile has the lists of the features.
const listFile = "internal/features/features.go"

// A list is what the lists of the features say.
type list struct {
	optional, core []string
	lines          map[string][]span // those of each feature: its import, and its entry
}

// A span is lines of a file, from 1 on, with the last.
type span struct{ first, last int }

func listIn(dir string) (list, error) {
	source, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(listFile))) // #nosec G304 -- a file of the tree
	if err != nil {
		return list{}, err
	}
	return parseList(source)
}

func parseList(source []byte) (list, error) {
	l, folder := list{lines: map[string][]span{}}, map[string]string{} // by the name in the file
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, listFile, source, parser.SkipObjectResolution)
	if err != nil {
		return l, err
	}
	lines := func(n ast.Node) span { return span{files.Position(n.Pos()).Line, files.Position(n.End()).Line} }
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		_, name, ours := strings.Cut(path, "/internal/features/")
		if err != nil || !ours {
			continue
		}
		called := name
		if spec.Name != nil {
			called = spec.Name.Name
		}
		folder[called] = name
		l.lines[name] = append(l.lines[name], lines(spec))
	}
	for _, declared := range file.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok {
			continue
		}
		into := map[string]*[]string{"Optional": &l.optional, "Core": &l.core}[function.Name.Name]
		if into == nil {
			continue
		}
		ast.Inspect(function.Body, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			for _, entry := range literal.Elts {
				if name := folder[packageOf(entry)]; name != "" {
					*into = append(*into, name)
					l.lines[name] = append(l.lines[name], lines(entry))
				}
			}
			return false
		})
	}
	if l.core == nil {
		return l, fmt.Errorf("%s has no lists Optional and Core of features", listFile)
	}
	return l, nil
}

// packageOf is the package whose function an entry of a list calls.
func packageOf(entry ast.Expr) string {
	if call, ok := entry.(*ast.CallExpr); ok {
		if called, ok := call.Fun.(*ast.SelectorExpr); ok {
			if pkg, ok := called.X.(*ast.Ident); ok {
				return pkg.Name
			}
		}
	}
	return ""
}

// takeOut takes features out of a tree: the folder, the migrations, the lines in the list,
// and what the documents list. Those that are not there are passed over.
func takeOut(dir string, names []string) (gone []string, err error) {
	for _, name := range names {
		l, err := listIn(dir)
		if err != nil {
			return gone, err
		}
		if !slices.Contains(l.optional, name) {
			continue
		}
		gone = append(gone, name)
		if err := os.RemoveAll(filepath.Join(dir, "internal", "features", name)); err != nil {
			return gone, err
		}
		migrations, err := filepath.Glob(filepath.Join(dir, "migrations", "*_"+name+".sql"))
		if err != nil {
			return gone, err
		}
		for _, file := range migrations {
			number, _, _ := strings.Cut(filepath.Base(file), "_")
			if filepath.Base(file) != number+"_"+name+".sql" {
				continue // of a feature whose name ends like this one's
			}
			if err := os.Remove(file); err != nil {
				return gone, err
			}
		}
		if err := change(dir, listFile, func(s string) string { return without(s, l.lines[name]) }); err != nil {
			return gone, err
		}
		if err := change(dir, "docs/architecture.md", func(s string) string { return unlisted(s, name) }); err != nil {
			return gone, err
		}
	}
	return gone, nil
}

func change(dir, name string, how func(string) string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	content, err := os.ReadFile(path) // #nosec G304 -- a file of the tree
	if err != nil {
		return err
	}
	if now := how(string(content)); now != string(content) {
		return os.WriteFile(path, []byte(now), 0o644) // #nosec G306,G703 -- a file of the tree
	}
	return nil
}

// without is a text without some of its lines.
func without(text string, gone []span) string {
	var b strings.Builder
	number := 0
	for line := range strings.Lines(text) {
		number++
		if !slices.ContainsFunc(gone, func(s span) bool { return s.first <= number && number <= s.last }) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// unlisted is a document whose table of features has no such feature: where a row is about
// several, it goes with the last.
func unlisted(text, name string) string {
	quoted := "`" + regexp.QuoteMeta(name) + "`"
	text = regexp.MustCompile("(?m)^\\| "+quoted+" \\|.*\n").ReplaceAllString(text, "")
	text = regexp.MustCompile("(?m)^(\\| (?:`[a-z]+`, )*)"+quoted+", ").ReplaceAllString(text, "$1")
	return regexp.MustCompile("(?m)^(\\| (?:`[a-z]+`, )*`[a-z]+`), "+quoted+" \\|").ReplaceAllString(text, "$1 |")
}
