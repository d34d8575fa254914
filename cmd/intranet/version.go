package main

import (
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/carameloai/intranet/migrations"
)

// release is the version where the build says it: in an image, which is built without git.
var release string

type versionCmd struct{}

// Run prints what this program is: its version, the commit that it was built from, and the last
// migration that it knows, which is that of a fork where there is one of its own.
func (versionCmd) Run(std streams) error {
	known, err := migrations.Known(migrations.FS)
	if err != nil {
		return err
	}
	info, _ := debug.ReadBuildInfo()
	printVersion(std.out, info, known[slices.Max(slices.Collect(maps.Keys(known)))].Name)
	return nil
}

func printVersion(w io.Writer, info *debug.BuildInfo, schema string) {
	version, commit := "unknown", "unknown"
	if info != nil {
		version = info.Main.Version // Go takes it from the tag
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				commit += ", and changes that are not committed"
			}
		}
	}
	if release != "" {
		version = release
	}
	fmt.Fprintf(w, "version  %s\ncommit   %s\nschema   %s\n", version, commit, schema)
}
