package store_test

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

func TestOnlyWhatPostgresReadsIsAnID(t *testing.T) {
	t.Parallel()
	const id = "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"
	if !store.ValidID(id) || !store.ValidID(strings.ToUpper(id)) {
		t.Error("an id is refused")
	}
	for _, wrong := range []string{
		"", id[1:], id + "1", strings.ReplaceAll(id, "-", ""), "{" + id[2:] + "}",
		strings.Replace(id, "7", "g", 1), strings.Replace(id, "-", "x", 1), strings.ReplaceAll(id, "-", "\x00"),
	} {
		if store.ValidID(wrong) {
			t.Errorf("%q is an id", wrong)
		}
	}
}
