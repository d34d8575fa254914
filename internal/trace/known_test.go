package trace

import (
	"fmt"
	"testing"
)

// A transaction begins with a text of its own for each request.
func TestStatementsAreKnownWithinBounds(t *testing.T) {
	t.Parallel()
	k := &known{}
	for n := range 3 * mostKnown {
		sql := fmt.Sprintf("UPDATE x SET y = 'canary %d'", n)
		for range 2 {
			if is := k.of(sql); is != (told{"UPDATE x", "UPDATE x SET y = '?'"}) {
				t.Fatalf("%+v", is)
			}
		}
	}
	if len(k.all) > mostKnown {
		t.Errorf("%d are known", len(k.all))
	}
}
