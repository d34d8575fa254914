package main

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// files are those that a program is made of: when each was changed, by its name.
type files map[string]time.Time

// left are folders in which nothing is that the program is made of.
var left = map[string]bool{
	"node_modules": true, "testdata": true, "docs": true, "deploy": true, "bin": true, "tmp": true,
}

// look reads which files there are. They are asked for rather than watched, because that works the
// same on every system, and in containers whose files are those of another one. A thousand of them
// take some milliseconds.
func look(root string) files {
	all := files{}
	// A file that is gone before it is looked at is gone.
	_ = fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		base := entry.Name()
		if entry.IsDir() {
			if left[base] || strings.HasPrefix(base, ".") && base != "." {
				return fs.SkipDir
			}
			return nil
		}
		made := strings.HasSuffix(base, "_templ.go") || strings.HasSuffix(base, "_templ.txt")
		unsaved := strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") // of an editor
		if info, err := entry.Info(); err == nil && !made && !unsaved && !strings.HasSuffix(base, "_test.go") {
			all[name] = info.ModTime()
		}
		return nil
	})
	return all
}

// since are the names of files that were added, changed or deleted.
func (f files) since(before files) (names []string) {
	for name, at := range f {
		if !before[name].Equal(at) {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, there := f[name]; !there {
			names = append(names, name)
		}
	}
	return names
}

// next waits until the files differ from those before and stay as they are: an editor may write
// several. It is nil when the context ends.
func next(ctx context.Context, root string, every time.Duration, before files) files {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for last := before; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := look(root)
		if maps.Equal(now, last) && !maps.Equal(now, before) {
			return now
		}
		last = now
	}
}

func anyTempl(names []string) bool {
	for _, name := range names {
		if filepath.Ext(name) == ".templ" {
			return true
		}
	}
	return false
}
