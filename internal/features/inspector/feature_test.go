package inspector

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the inspector. It has seen
// a failure: of a success its page shows the very script that no page may have early.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		inspector := i.Server.Features()[0]
		inspector.Observe.Handshake(web.Handshake{
			ID: "ONE", Person: i.Person("bea"), Page: `/people/<i>"`,
			Outcome: caramelo.Outcome{Kind: caramelo.Timeout, Calls: 1},
		})
		inspector.Observe.Violation(csp.Violation{Directive: `<i>"`, Blocked: "</script><b>", Page: `/<i>"`})
		await(i, func() bool { return i.Count(`inspected_handshakes`)+i.Count(`inspected_violations`) == 2 })
	},
	Personal: func(i *webtest.Intranet) {
		i.Server.Features()[0].Observe.Browser("ONE", i.Person("bea"), web.Browser{})
		await(i, func() bool { return i.Count(`inspected_browsers`) == 1 })
	},
	Params: func(*webtest.Intranet) map[string]string { return map[string]string{string(Show): "ONE"} },
	Pages:  func(*webtest.Intranet) []string { return []string{listPath("1")} },
}

func TestInspector(t *testing.T) { webtest.Check(t, fixture) }

// intranet is one whose inspector a test can look into.
type intranet struct {
	*webtest.Intranet
	seen *recorder
}

func start(t testing.TB, o webtest.Options) intranet {
	t.Helper()
	seen := quick()
	return intranet{webtest.NewWith(t, o, feature(seen)), seen}
}

// quick is a recorder that has no rest between two writes.
func quick() *recorder {
	seen := newRecorder()
	seen.every = 0
	return seen
}

// replica is another one of the same intranet.
func (i intranet) replica(t testing.TB, o webtest.Options) intranet {
	t.Helper()
	seen := quick()
	return intranet{i.Replica(t, o, feature(seen)), seen}
}

// await asks until something is so.
func await(i *webtest.Intranet, so func() bool) {
	i.T.Helper()
	for deadline := time.Now().Add(8 * time.Second); !so(); {
		if time.Now().After(deadline) {
			i.T.Fatal("it is not so after 8 seconds")
		}
		i.Exec(`SELECT`) // leaves the processors to others meanwhile
	}
}

// written waits until all that was noted is in the tables.
func (i intranet) written() {
	i.T.Helper()
	await(i.Intranet, func() bool { return !i.seen.left() })
}

// add notes handshakes of Bea's.
func (i intranet) add(all ...Handshake) {
	i.T.Helper()
	for _, h := range all {
		h.PersonID, h.At = i.IDs["bea"], time.Now()
		i.seen.note(func(n *notes) { n.handshake(h) })
	}
	i.written()
}

// list is what a page of the list is made of.
func (i intranet) list(before int64) indexProps {
	i.T.Helper()
	i.written()
	p, err := list(i.T.Context(), i.Store, before)
	if err != nil {
		i.T.Fatal(err)
	}
	return p
}

// stored is all that is in the tables, as text.
func (i intranet) stored() string {
	i.T.Helper()
	return i.First(`SELECT concat_ws(E'\n', (SELECT string_agg(t::text, E'\n') FROM inspected_handshakes t),
		(SELECT string_agg(t::text, E'\n') FROM inspected_browsers t),
		(SELECT string_agg(t::text, E'\n') FROM inspected_violations t),
		(SELECT string_agg(t::text, E'\n') FROM inspected_counts t))`)
}
