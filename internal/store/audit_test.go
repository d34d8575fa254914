package store_test

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestWhatIsRecordedIsOneLineOfText(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	ctx := store.WithVisit(t.Context(), store.Client{Address: "a\r\nb", RequestID: strings.Repeat("r", 1000)})
	if err := s.Record(ctx, store.Event{Action: store.SignInFailed, Subject: "a\x00b\nc\x7f\xff", Detail: strings.Repeat("é", 5000)}); err != nil {
		t.Fatal(err)
	}
	page, err := s.Audit(t.Context(), store.AuditFilter{Limit: 1})
	if err != nil || len(page.Events) != 1 {
		t.Fatal(page, err)
	}
	if e := page.Events[0]; e.Address != "a  b" || e.Subject != "a\uFFFDb c \uFFFD" || len([]rune(e.Detail)) != 1000 || len(e.RequestID) != 64 {
		t.Errorf("%q %q, %d and %d characters", e.Address, e.Subject, len([]rune(e.Detail)), len(e.RequestID))
	}
}
