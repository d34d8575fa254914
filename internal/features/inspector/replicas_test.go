package inspector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// Behind a balancer a page, what its browser says of it, and who looks at both meet three
// replicas.
func TestEachReplicaShowsWhatAnyHasSeen(t *testing.T) {
	t.Parallel()
	one := start(t, webtest.Options{})
	two := one.replica(t, webtest.Options{})
	if one.seen.replica == two.seen.replica {
		t.Fatalf("both are called %s", one.seen.replica)
	}
	servers := []intranet{one, two}
	beas := []*webtest.Browser{one.As("bea"), two.As("bea")}
	ids := map[string]intranet{} // who served it
	for n := range 40 {
		id := beas[n%2].Get(paths.Home).HTML(t).Find("head script[data-handshake]").AttrOr("data-handshake", "")
		ids[id] = servers[n%2]
		beas[(n+1)%2].Post(paths.AssistantState, url.Values{
			"handshake": {id}, "sdk": {"loaded"}, "socket": {"online"},
		})
		servers[n%2].report("application/csp-report", byURI(csp.Violation{
			Directive: "img-src", Blocked: fmt.Sprintf("https://%d.example", n/2), Page: "http://127.0.0.1/",
		}))
	}
	one.written()
	two.written()
	for _, server := range servers {
		ana := server.As("ana")
		list := ana.Get(Live).HTML(t) // before Ana's own pages fill it
		for _, want := range []string{"Conectado: 100% 40 de 40", one.seen.replica, two.seen.replica} {
			if text := strings.Join(strings.Fields(list.Text()), " "); !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		if now := list.Find("#handshakes-now").Text(); !strings.Contains(now, server.seen.replica) {
			t.Errorf("%q does not name the replica that answers", now)
		}
		for id, by := range ids {
			page := ana.Get(Show.Of(id))
			if text := page.HTML(t).Find("main").Text(); page.StatusCode != http.StatusOK ||
				!strings.Contains(text, "Chat conectado") || !strings.Contains(text, by.seen.replica) {
				t.Fatalf("%d: %s", page.StatusCode, text)
			}
		}
		blocked := rows(t, ana.Get(Reports))
		if len(blocked) != 20 || slices.ContainsFunc(blocked, func(row string) bool {
			return !strings.HasSuffix(row, "| 2 vezes")
		}) {
			t.Errorf("%q", blocked)
		}
	}
}

// A browser's report may be written before the handshake of its page. Of two the later one
// counts, whichever is written last.
func TestWhatABrowserSaidLastCountsInWhateverOrder(t *testing.T) {
	t.Parallel()
	one := start(t, webtest.Options{})
	two := one.replica(t, webtest.Options{})
	bea := one.Person("bea")
	said := func(socket string, ago time.Duration) {
		seen := web.Browser{Socket: socket}
		two.seen.note(func(n *notes) {
			n.browser(browserReport{browserKey{"EARLY", bea.ID}, time.Now().Add(-ago), seen, seen.State()})
		})
		two.written()
	}
	two.seen.browser("EARLY", one.Person("ana"), web.Browser{Socket: "ended"}) // not hers
	said("online", time.Second)
	said("offline", time.Minute)
	one.add(Handshake{ID: "EARLY", Kind: "ok", Calls: 1})
	one.add(Handshake{ID: "EARLY", Kind: "ok", Calls: 1}) // as after a commit without an answer
	if p := one.list(noCursor); len(p.Rows) != 1 || p.Rows[0].Socket != "online" || p.Seen.Connected != 1 ||
		len(p.Counts) != 0 {
		t.Errorf("%+v, %+v, %+v", p.Rows, p.Seen, p.Counts)
	}
	for _, id := range []string{"", strings.Repeat("x", maxID+1)} {
		one.seen.browser(id, bea, web.Browser{Socket: "online"})
	}
	if left := one.seen.backlog(); left.Waiting != 0 {
		t.Errorf("%d reports of no page", left.Waiting)
	}
}

// However many replicas write, the tables hold as much as is kept. Whoever sends reports of
// pages that are none pushes out nobody's.
func TestTheTablesAreBounded(t *testing.T) {
	t.Parallel()
	one := start(t, webtest.Options{})
	two := one.replica(t, webtest.Options{})
	bea, caio := one.Person("bea"), one.Person("caio")
	for n := range 4 {
		for _, i := range []intranet{one, two} {
			var all []Handshake
			for m := range 300 {
				all = append(all, Handshake{ID: fmt.Sprint(i.seen.replica, n, "-", m), Kind: "ok", Calls: 1})
				i.seen.browser(all[m].ID, bea, web.Browser{SDK: "loaded"})
			}
			i.add(all...)
			for m := range 900 {
				i.seen.browser(fmt.Sprint("junk", n, "-", m), caio, web.Browser{SDK: "failed"})
			}
			for m := range keptViolations {
				i.seen.violation(csp.Violation{Directive: "img-src", Page: fmt.Sprint("/", n, "/", m, i.seen.replica)})
			}
			i.written()
		}
	}
	handshakes, browsers := one.Count(`inspected_handshakes`), one.Count(`inspected_browsers`)
	if handshakes != keptHandshakes || browsers > 2*keptHandshakes ||
		one.Count(`inspected_violations`) != keptViolations {
		t.Errorf("%d handshakes, %d reports", handshakes, browsers)
	}
	if p := one.list(noCursor); p.Seen.Reported != keptHandshakes || p.Seen.Loaded != keptHandshakes {
		t.Errorf("%+v", p.Seen)
	}
	if n := one.Count(`inspected_counts WHERE what = 'rest' AND count = 700`); n != 1 {
		t.Errorf("the rest is %s", one.stored()[len(one.stored())-200:])
	}
	one.Exec(`UPDATE inspected_handshakes SET at = at - interval '8 days' WHERE n % 2 = 0`)
	one.Exec(`UPDATE inspected_violations SET last_at = last_at - interval '8 days'`)
	one.Exec(`UPDATE inspected_browsers SET at = at - interval '8 days' WHERE person_id = $1`, caio.ID)
	one.add(Handshake{ID: "new", Kind: "ok"})
	if n := one.Count(`inspected_handshakes`); n < 500 || n > 501 || one.Count(`inspected_violations`) != 0 ||
		one.Count(`inspected_browsers`) != n-1 {
		t.Errorf("a week later there are %d handshakes, %d reports", n, one.Count(`inspected_browsers`))
	}
}

// Replicas that write the same rows at once do not hinder each other, and none is miscounted.
func TestReplicasWriteOneAfterTheOther(t *testing.T) {
	t.Parallel()
	one := start(t, webtest.Options{})
	two := one.replica(t, webtest.Options{})
	bea := one.Person("bea")
	const rounds = 30
	flood := func(i intranet) {
		for range rounds {
			for _, n := range rand.Perm(keptViolations) {
				i.seen.violation(csp.Violation{Directive: "img-src", Page: fmt.Sprint("/", n)})
				i.seen.browser(fmt.Sprint(n), bea, web.Browser{SDK: "loaded"})
			}
			i.written()
		}
	}
	var both sync.WaitGroup
	both.Go(func() { flood(one) })
	both.Go(func() { flood(two) })
	both.Wait()
	counted := one.First(`SELECT concat_ws(' ', count(*), sum(count)) FROM inspected_violations`)
	if counted != fmt.Sprint(keptViolations, " ", 2*rounds*keptViolations) {
		t.Error(counted)
	}
	if log := one.Log.String() + two.Log.String(); strings.Contains(log, "cannot write") {
		t.Error(log)
	}
}

// A page is answered while nothing can be written, and what it was is written afterwards.
func TestNoPageWaitsForTheInspector(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	bea := i.As("bea")
	bea.Timeout = 5 * time.Second // of a page that waits
	locked := i.Hold(`LOCK TABLE inspected_handshakes, inspected_browsers, inspected_violations`)
	for range 10 {
		page := bea.Get(paths.Home)
		id := page.HTML(t).Find("head script[data-handshake]").AttrOr("data-handshake", "")
		said := bea.Post(paths.AssistantState, url.Values{"handshake": {id}, "socket": {"online"}})
		if page.StatusCode != http.StatusOK || said.StatusCode != http.StatusNoContent {
			t.Fatal(page.StatusCode, said.StatusCode)
		}
	}
	i.report("application/csp-report", byURI(csp.Violation{Directive: "img-src", Blocked: "inline"}))
	if left := i.seen.backlog(); left.Waiting < 21 {
		t.Errorf("only %d wait", left.Waiting)
	}
	if err := locked.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := i.list(noCursor); len(p.Rows) != 10 || p.Seen.Connected != 10 || i.Count(`inspected_violations`) != 1 {
		t.Errorf("%d rows, %+v", len(p.Rows), p.Seen)
	}
}

// What is seen while Postgres is away is written when it is back, as much of it as is kept,
// and the rest is counted.
func TestWhatIsSeenDuringAnOutageIsWrittenOrCounted(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	ana := i.As("ana")
	i.TakeAway()
	flood := func(from, to int) {
		for n := from; n < to; n++ {
			i.seen.note(func(seen *notes) {
				seen.handshake(Handshake{ID: fmt.Sprint("N", n), PersonID: i.IDs["bea"], At: time.Now(), Kind: "ok"})
			})
		}
	}
	flood(0, 1)
	await(i.Intranet, func() bool { return !i.seen.backlog().Failing.IsZero() }) // one is on its way
	flood(1, keptHandshakes+6)
	if left := i.seen.backlog(); left.Waiting != keptHandshakes+1 || left.Lost != 5 {
		t.Errorf("%+v", left)
	}
	i.Database.Away.Store(false)
	i.written()
	if n := i.Count(`inspected_handshakes WHERE id IN ('N6', 'N1005')`); n != 2 {
		t.Errorf("%d of the last ones are there", n)
	}
	page := ana.Get(Index).HTML(t).Find("main").Text()
	if !strings.Contains(page, "5 registros se perderam") || strings.Contains(page, "não consegue gravar") {
		t.Errorf("%s", page)
	}
	if strings.Count(i.Log.String(), "cannot write what it sees") != 1 {
		t.Errorf("it is not said once: %s", i.Log.String())
	}
}

// While the database takes no changes the pages say so, and how much waits.
func TestTheInspectorSaysWhatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	ana := i.As("ana")
	i.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN RAISE EXCEPTION USING ERRCODE = ''25006''; END'`) // read_only_sql_transaction
	i.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON inspected_handshakes EXECUTE FUNCTION refuse()`)
	ana.Get(paths.Home)
	await(i.Intranet, func() bool { return !i.seen.backlog().Failing.IsZero() })
	for _, path := range []string{Index, Live, Reports} {
		page := ana.Get(path)
		text := page.HTML(t).Find(".alert").Text()
		if page.StatusCode != http.StatusOK || !strings.Contains(text, i.seen.replica+" não consegue gravar") ||
			!strings.Contains(text, i.Says("pt", "inspector.failing", "Replica", i.seen.replica)) {
			t.Errorf("%s: %d %q", path, page.StatusCode, text)
		}
	}
	i.Exec(`DROP TRIGGER refuse ON inspected_handshakes`)
	i.written()
	if page := ana.Get(Live).HTML(t); page.Find(".alert").Length() != 0 || page.Find("tbody tr").Length() < 3 {
		t.Errorf("afterwards: %s", page.Text())
	}
}

// A standby cannot read unlogged tables: the pages say that, and are no failure.
func TestAStandbyIsNoFailureOfTheInspector(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	ana := i.As("ana")
	i.Exec(`CREATE FUNCTION standby() RETURNS bigint LANGUAGE plpgsql AS
		'BEGIN RAISE EXCEPTION USING ERRCODE = ''0A000''; END'`) // as Postgres says it there
	for _, table := range []string{"inspected_handshakes", "inspected_violations"} {
		i.Exec(`ALTER TABLE ` + table + ` RENAME TO ` + table + `_there`)
		i.Exec(`CREATE VIEW ` + table + ` AS SELECT t.* FROM standby() LEFT JOIN ` + table + `_there t ON true`)
		i.Exec(`GRANT SELECT ON ` + table + ` TO PUBLIC`)
	}
	for _, path := range []string{Index, Live, Reports, Show.Of("ONE")} {
		page := ana.Get(path)
		if text := page.HTML(t).Text(); page.StatusCode != http.StatusOK ||
			!strings.Contains(text, i.Says("pt", "inspector.standby")) {
			t.Errorf("%s: %d %s", path, page.StatusCode, text)
		}
	}
	if page := ana.Get(Index).HTML(t); page.Find("#handshakes-now").Length() != 1 ||
		page.Find("#handshakes-totals, #handshakes-list").Length() != 0 {
		t.Error("it does not say what this replica knows, or says what it cannot know")
	}
}

// What Postgres refuses for good is counted, and does not stand in the way of what follows.
func TestAnEntryThatIsRefusedStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	i.Exec(`ALTER TABLE inspected_handshakes ADD CHECK (page <> '/refused')`)
	i.add(Handshake{ID: "ONE", Kind: "ok", Page: "/refused"})
	i.add(Handshake{ID: "TWO", Kind: "ok", Page: "/fine"})
	if p := i.list(noCursor); len(p.Rows) != 1 || p.Rows[0].ID != "TWO" || count(p.Counts, countLost).Count != 1 {
		t.Errorf("%+v, %+v", p.Rows, p.Counts)
	}
}

// A replica that ends writes what it has seen until then.
func TestAReplicaThatEndsWritesWhatIsLeft(t *testing.T) {
	t.Parallel()
	seen := newRecorder()
	seen.every = time.Hour
	feature := feature(seen)
	run := feature.Run
	feature.Run = nil
	i := intranet{webtest.New(t, feature), seen}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { run(ctx, i.Server); close(ended) }()
	i.add(Handshake{ID: "ONE", Kind: "ok"}) // at once
	i.seen.note(func(n *notes) {
		n.handshake(Handshake{ID: "TWO", Kind: "ok", PersonID: i.IDs["bea"], At: time.Now()})
	})
	if n := i.Count(`inspected_handshakes`); n != 1 {
		t.Errorf("%d are written before its hour is over", n)
	}
	stop()
	<-ended
	if n := i.Count(`inspected_handshakes`); n != 2 {
		t.Errorf("%d are written when it has ended", n)
	}
}

// Who is erased leaves nothing here.
func TestWhatWasSeenOfAPersonGoesWithThem(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	i.seen.browser("ONE", i.Person("bea"), web.Browser{SDK: "loaded"})
	i.add(Handshake{ID: "ONE", Kind: "ok"})
	i.seen.note(func(n *notes) {
		n.handshake(Handshake{ID: "TWO", Kind: "ok", PersonID: i.IDs["ana"], At: time.Now()})
	})
	i.written()
	i.Exec(`DELETE FROM people WHERE id = $1`, i.IDs["bea"])
	if stored := i.stored(); strings.Contains(stored, i.IDs["bea"]) || !strings.Contains(stored, i.IDs["ana"]) {
		t.Error(stored)
	}
}

// What a replica has seen of somebody is not written once they are deleted, and not while they are
// being deleted either.
func TestNothingIsWrittenOfWhoIsDeleted(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	bea := i.Person("bea")
	see := func(id string) {
		i.seen.note(func(n *notes) {
			n.handshake(Handshake{ID: id, At: time.Now(), PersonID: bea.ID, Name: bea.Name, Kind: "ok"})
			n.browser(browserReport{browserKey{id, bea.ID}, time.Now(), web.Browser{}, "connected"})
		})
	}
	see("BEFORE")
	i.written()
	if n := i.Count(`inspected_handshakes`) + i.Count(`inspected_browsers`); n != 2 {
		t.Fatalf("%d rows", n)
	}
	deletion := i.Hold(`SELECT FROM erase_person($1, NULL, '', '', '')`, bea.ID)
	see("MEANWHILE")
	i.Waiting(1)
	if err := deletion.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	see("AFTER")
	i.written()
	if n := i.Count(`inspected_handshakes`) + i.Count(`inspected_browsers`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}
