package webtest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// hearAudit notes what the store tells of the audit trail. At the end of the test it must be
// what stands there of all requests, field by field.
func (i *Intranet) hearAudit() {
	var mu sync.Mutex
	told := map[int64]store.Recorded{}
	i.Store.Audit = func(r store.Recorded) {
		mu.Lock()
		defer mu.Unlock()
		r.At = r.At.UTC()
		told[r.ID] = r
	}
	i.T.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		rows, _ := i.Pool.Query(context.Background(), `SELECT `+store.RecordedColumns+` FROM audit`)
		stands, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Recorded])
		if err != nil {
			i.T.Logf("the test has left no audit trail to compare with: %v", err)
			return
		}
		untold, unheard := maps.Clone(told), i.Database.unheard.Load()
		erased := slices.ContainsFunc(stands, func(r store.Recorded) bool { return r.Action == "person.deleted" })
		for _, r := range stands {
			r.At = r.At.UTC()
			delete(untold, r.ID)
			if _, heard := told[r.ID]; !heard && unheard > 0 {
				unheard--
				continue
			}
			heard := told[r.ID]
			if erased { // it may have been taken out since
				for was, is := range map[*string]string{
					&heard.Actor: r.Actor, &heard.Subject: r.Subject, &heard.Address: r.Address, &heard.Detail: r.Detail,
				} {
					if is == "" {
						*was = ""
					}
				}
			}
			if r.RequestID != "" && heard != r { // the others a test may have written by itself
				i.T.Errorf("of %+v was told %+v", r, heard)
			}
		}
		for _, r := range untold {
			i.T.Errorf("was told, and does not stand: %+v", r)
		}
	})
}
