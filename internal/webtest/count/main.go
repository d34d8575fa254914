// Command count says how much there is to read: the frame that a newcomer reads in a
// day, and the files that one request runs through. It fails where either is more than
// it may be.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// maxDay is how many lines are read in a day, at most. Below 5,000 there is room to grow.
const maxDay = 6000

// What one request runs through, at most. The client counts as one file.
const (
	maxFiles = 16
	maxLines = 2500
)

// requests is how often the request is repeated. Code that ran as many times more often
// belongs to it; timers and the start of the server do not.
const requests = 40

// asked is the test that asks for a page.
const asked = "./internal/features/news/request"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
}

func run() error {
	inADay, err := countDay()
	if err != nil {
		return err
	}
	files, lines := 0, 0
	if _, gone := os.Stat(asked); gone != nil {
		fmt.Println("No request is counted: news was taken out")
	} else if files, lines, err = countRequest(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if inADay > maxDay {
		err = fmt.Errorf("%d lines in a day, at most %d are wanted", inADay, maxDay)
	}
	if files > maxFiles || lines > maxLines {
		err = errors.Join(err, fmt.Errorf(
			"a request runs through %d files with %d lines, at most %d with %d are wanted",
			files, lines, maxFiles, maxLines,
		))
	}
	return err
}

// day is what is read in a day: the client, the frame, what every page and every change
// needs of the store, the layout, and the model of a feature.
var day = []string{
	"internal/caramelo/*.go",
	"internal/web/*.go",
	"internal/store/store.go",
	"internal/store/errors.go",
	"internal/store/list.go",
	"internal/store/person.go",
	"internal/store/fields.go",
	"internal/store/session.go",
	"internal/store/audit.go",
	"internal/store/change.go",
	"views/page.go",
	"views/layout.templ",
	"internal/features/events/*.go",
	"internal/features/events/*.templ",
}

// countDay prints how much that is.
func countDay() (total int, err error) {
	fmt.Println("Read in a day: client, frame, store's core, layout and the model feature")
	for _, pattern := range day {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return 0, err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
				continue
			}
			n, err := linesOf(name)
			if err != nil {
				return 0, err
			}
			total += n
			fmt.Printf("%6d  %s\n", n, name)
		}
	}
	fmt.Printf("%6d  together\n\n", total)
	return total, nil
}

// countRequest prints what a request for one announcement runs through. The client
// counts as one file.
func countRequest() (files, lines int, err error) {
	once, err := profile(0)
	if err != nil {
		return 0, 0, err
	}
	again, err := profile(requests)
	if err != nil {
		return 0, 0, err
	}
	program, _ := debug.ReadBuildInfo()
	ran := map[string]bool{}
	for block, count := range again {
		file, _, _ := strings.Cut(block, ":")
		if count-once[block] >= requests && !strings.Contains(file, "internal/webtest/") {
			ran[written(strings.TrimPrefix(file, program.Main.Path+"/"))] = true
		}
	}
	fmt.Println("Run by GET /news/{slug}")
	var names []string
	for name := range ran {
		names = append(names, name)
	}
	slices.Sort(names)
	client := 0
	for _, name := range names {
		n, err := linesOf(name)
		if err != nil {
			return 0, 0, err
		}
		if lines += n; strings.HasPrefix(name, "internal/caramelo/") {
			client += n
			continue
		}
		files++
		fmt.Printf("%6d  %s\n", n, name)
	}
	fmt.Printf("%6d  internal/caramelo\n", client)
	files++
	fmt.Printf("%6d  in %d files\n", lines, files)
	return files, lines, nil
}

// written is the file that a generated one is made from.
func written(name string) string {
	if base, generated := strings.CutSuffix(name, "_templ.go"); generated {
		return base + ".templ"
	}
	return name
}

// profile runs the request so often, and returns how often each block of code ran.
func profile(times int) (map[string]int, error) {
	dir, err := os.MkdirTemp("", "count-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, "profile")
	// #nosec G204 -- nothing of it comes from outside
	cmd := exec.Command("go", "test", "-count=1", "-run", "^TestOneRequest$", "-covermode=atomic",
		"-coverpkg=./internal/...,./views,./static", "-coverprofile="+name, asked)
	cmd.Env = append(os.Environ(), "REQUESTS="+strconv.Itoa(times))
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	file, err := os.Open(name) // #nosec G304 -- we have just made it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	counts := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		// internal/web/render.go:41.2,45.3 2 17
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 {
			n, _ := strconv.Atoi(fields[2])
			counts[fields[0]] += n
		}
	}
	return counts, nil
}

func linesOf(name string) (int, error) {
	content, err := os.ReadFile(name) // #nosec G304 -- a file of the tree
	return strings.Count(string(content), "\n"), err
}
