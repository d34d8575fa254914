package main

import (
	"io/fs"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/carameloai/intranet/migrations"
)

func TestTheVersionIsThatOfTheBuild(t *testing.T) {
	out, err := command(t, "", "version")
	names, bad := fs.Glob(migrations.FS, "*.sql")
	if err != nil || bad != nil || !strings.HasSuffix(out, "\nschema   "+names[len(names)-1]+"\n") {
		t.Errorf("%q, %v, %v", out, err, bad)
	}
	tagged := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "4f1c"}, {Key: "vcs.modified", Value: "true"},
	}}
	for want, info := range map[string]*debug.BuildInfo{
		"version  v1.2.3\ncommit   4f1c, and changes that are not committed\nschema   x\n": tagged,
		"version  unknown\ncommit   unknown\nschema   x\n":                                 nil,
	} {
		var b strings.Builder
		if printVersion(&b, info, "x"); b.String() != want {
			t.Errorf("%q, want %q", b.String(), want)
		}
	}
}
