// Package content is what texts have in common that editors write and people read,
// such as announcements and policies: translations, editing, and confirming that
// one has read what must be read. A feature brings a Kind, and the settings that
// are its own.
package content

import (
	"embed"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature is what a feature with texts needs: what the shared pages say, and how
// they look.
func Feature() web.Feature { return web.Feature{Name: "content", Texts: texts, Style: style} }

// Kind is a kind of text: what differs between announcements and policies where
// they are edited and confirmed.
type Kind struct {
	Noun string // the slug of what has no letter of ours in its title; also for errors
	Pages
	Words
	FormClass string // CSS class of its form
	SQL       Statements

	Changed  store.Action // that a translation was removed
	Exported store.Action // that the list of who has confirmed was exported
}

// Pages are where texts of a kind are read and edited.
type Pages struct {
	List              string // also where new ones are posted to
	Show              paths.Pattern
	Edit              paths.Pattern
	DeleteTranslation paths.Pattern
	Acknowledgement   paths.Pattern // what confirms that one has read it
	Acknowledgements  paths.Pattern // who has yet to confirm
	Confirmed         paths.Pattern // a text that was confirmed
	Export            paths.Pattern // of who has confirmed
}

// Words are the keys of what the shared pages say of a kind.
type Words struct {
	All      string // the title of its list
	New      string // the title of the form of a new one
	Change   string // the title of the form of one that is there
	Conflict string // above the form: somebody else has changed it
	Stored   string // above what they saved
	Create   string // the button that saves a new one
	Errors   string // beginning of the keys of what is wrong with a field
	Stale    string // nothing was done: somebody has changed it
	Removed  string // a translation is removed
}
