package webtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

// checkRemembered finds out what the home page asks for once and remembers then. Each
// table that it is read from must have the trigger that says that there is another list:
// then it is asked for again, by every replica.
func (f Fixture) checkRemembered(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	replica := i.Replica(t, Options{NoChat: true}, i.Server.Features()...)
	home := func(server *Intranet) (asked []Statement) {
		t.Helper()
		i.Database.Asked()
		if page := server.As("ana").Get(paths.Home); page.StatusCode != 200 {
			t.Fatal(page.StatusCode)
		}
		return i.Database.Asked()
	}
	remembered := home(i)
	for _, s := range home(i) {
		remembered = slices.DeleteFunc(remembered, func(r Statement) bool { return r.SQL == s.SQL })
	}
	home(replica)
	tables := map[string]bool{}
	for n, s := range remembered {
		if strings.Contains(s.SQL, "now()") && !strings.HasPrefix(s.SQL, untilWhen) &&
			(n+1 == len(remembered) || !strings.HasPrefix(remembered[n+1].SQL, untilWhen)) {
			t.Errorf("this depends on the time, and has no Until: %s", s.SQL)
		}
		for _, match := range relation.FindAllStringSubmatch(i.explain(s), -1) {
			tables[match[1]] = true
		}
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		i.Exec(`DELETE FROM ` + table + ` WHERE false`)
		for name, server := range map[string]*Intranet{"the server": i, "its replica": replica} {
			again := home(server)
			for _, r := range remembered {
				if !slices.ContainsFunc(again, func(s Statement) bool { return s.SQL == r.SQL }) {
					t.Errorf("after a change of %s %s does not ask again for %s", table, name, r.SQL)
				}
			}
		}
		// INSERT is 4, DELETE 8, UPDATE 16, TRUNCATE 32.
		if i.Count(`pg_trigger WHERE tgrelid = $1::regclass AND tgfoid = 'lists_changed()'::regprocedure
				AND tgenabled IN ('O', 'A') AND tgtype & 60 = 60`, table) != 1 {
			t.Errorf("%s is remembered, and not every change of it calls lists_changed()", table)
		}
	}
}

// untilWhen is how a question begins that store.Remembered asks of the clock.
const untilWhen = "SELECT extract(epoch"

// ByTheClock asks for the home page until it has a text, or has it no more, because a moment
// has come that nothing but the clock tells. The page is asked for before that moment.
func (i *Intranet) ByTheClock(text string, there bool) {
	i.T.Helper()
	b := i.As("bea")
	if strings.Contains(b.Get(paths.Home).Body, text) == there {
		i.T.Fatal("the moment is over before the page was asked for")
	}
	for end := time.Now().Add(20 * time.Second); strings.Contains(b.Get(paths.Home).Body, text) != there; {
		if time.Now().After(end) {
			i.T.Fatalf("%q: %v is what the home page still says", text, !there)
		}
	}
}

// relation is a table in a plan.
var relation = regexp.MustCompile(`"Relation Name": "(\w+)"`)

// explain is the plan of a statement.
func (i *Intranet) explain(s Statement) (plan string) {
	i.T.Helper()
	if err := i.Pool.QueryRow(i.T.Context(), `EXPLAIN (FORMAT JSON) `+s.SQL, s.Args...).Scan(&plan); err != nil {
		i.T.Fatal(err)
	}
	return plan
}
