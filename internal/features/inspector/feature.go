// Package inspector shows admins what becomes of the assistant on people's pages: each
// call to Caramelo with its outcome, what the browser then said of the chat, and what
// browsers blocked. Each replica notes what it sees in memory, so that no page waits, and
// writes it to tables that all of them read.
package inspector

import (
	"embed"
	"io/fs"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// The pages of the inspector. Live is the list of handshakes alone, for the page that
// shows it.
const (
	Index                 = "/admin/assistant"
	Live                  = "/admin/assistant/live"
	Show    paths.Pattern = Index + "/{id}"
	Reports               = "/admin/reports"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

//go:embed scripts/*.js
var files embed.FS

// Feature returns the inspector of a replica that has seen nothing yet.
func Feature() web.Feature { return feature(newRecorder()) }

func feature(seen *recorder) web.Feature {
	return web.Feature{
		Name: "inspector",
		Routes: func(s *web.Server) []web.Route {
			h := handlers{Server: s, seen: seen}
			return []web.Route{
				web.Get(Index, web.Admins, h.index),
				web.Get(Live, web.Admins, h.live).ByItself(),
				web.Get(Show, web.Admins, h.show),
				web.Get(Reports, web.Admins, h.reports),
			}
		},
		Nav: []views.Entry{
			{Order: 400, Path: Index, Icon: "pulse", Text: "nav.handshakes", Admin: true},
			{Order: 500, Path: Reports, Icon: "blocked", Text: "nav.reports", Admin: true},
		},
		Observe: web.Observer{
			Handshake: seen.handshake, Browser: seen.browser, Violation: seen.violation, Dropped: seen.unread,
		},
		Run:     seen.run,
		Texts:   texts,
		Style:   style,
		Scripts: scripts(),
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON inspected_handshakes, inspected_browsers, inspected_violations,
    inspected_counts TO :"app";
`,
		Personal: []personal.Table{{
			Name: "handshakes", Table: "inspected_handshakes", Person: []string{"person_id"},
			Export: `SELECT * FROM inspected_handshakes WHERE person_id = $1 ORDER BY n`,
		}, {
			Name: "browser_reports", Table: "inspected_browsers", Person: []string{"person_id"},
			Export: `SELECT * FROM inspected_browsers WHERE person_id = $1 ORDER BY at`,
		}},
	}
}

// scripts are the files of the folder scripts.
func scripts() fs.FS {
	all, err := fs.Sub(files, "scripts")
	if err != nil {
		panic("inspector: " + err.Error()) // only for a name that is no path
	}
	return all
}

// listPath is the list of handshakes, continued behind a cursor.
func listPath(after string) string { return paths.WithQuery(Index, "after", after) }
