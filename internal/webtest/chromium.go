package webtest

import (
	"os"
	"os/exec"
	"slices"
)

// Chromium is the path of the browser of the tests, or "" where there is none. Chromium's
// shell without windows comes first, because its pages cost half as much. With NIGHTLY in
// the environment it is the browser that people have.
func Chromium() string {
	names := []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}
	if os.Getenv("NIGHTLY") != "" {
		names = append(slices.Clone(names[1:]), names[0])
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
