package tour

import (
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
	"github.com/carameloai/intranet/views"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the tour.
var fixture = webtest.Fixture{
	Feature: Feature,
	Others:  func() []web.Feature { return []web.Feature{inspector} },
	Options: func(o *webtest.Options) { o.SandboxPanel = "http://panel.example" },
	Pages:   func(*webtest.Intranet) []string { return []string{paths.Home} },
}

// inspector stands for the real one.
var inspector = web.Feature{Name: "inspector", Nav: []views.Entry{{Path: "/inspector", Text: "nav.home", Admin: true}}}

func TestTour(t *testing.T) { webtest.Check(t, fixture) }
