package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

// Every action comes out as a line of JSON, with the fields of its row, and the document
// lists it.
func TestEachEntryOfTheTrailIsALineOfJSON(t *testing.T) {
	settings, listener := local(t)
	settings.AuditLog = "stdout"
	var out bytes.Buffer
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener, Out: &out},
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	defer func() { _ = listener.Close() }()
	document, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, listed, _ := strings.Cut(string(document), "\n#### Actions\n")
	listed, _, _ = strings.Cut(listed, "\n#")
	const id = "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"
	ctx := store.WithRequest(t.Context(), store.RequestInfo{Address: "203.0.113.9", ID: "R1"})
	for _, action := range a.Web().Actions() {
		err := a.web.Store.Record(ctx, store.CommandLine, store.Entry{
			Action: action, ActorID: id, Actor: "ana@x.example", SubjectID: id, Subject: "bea@x.example",
			Detail: "\"quoted\"\nand \u2028",
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, action := range store.CoreActions { // a feature of one's own need not be in the document
		if !strings.Contains(listed, "`"+string(action)+"`") {
			t.Errorf("docs/security.md does not list %s", action)
		}
	}
	rows, _ := a.pool.Query(t.Context(), `SELECT jsonb_build_object(
			'time', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), 'level', 'INFO', 'msg', 'audit',
			'id', id, 'action', action, 'actor_id', coalesce(actor_id::text, ''), 'actor', actor,
			'subject_id', coalesce(subject_id::text, ''), 'subject', subject, 'address', address,
			'request_id', request_id, 'detail', detail)::text
		FROM audit ORDER BY id`)
	n := 0
	for ; rows.Next(); n++ {
		var row string
		var stands, said map[string]any
		line, err := out.ReadString('\n')
		if err != nil || rows.Scan(&row) != nil || json.Unmarshal([]byte(row), &stands) != nil ||
			json.Unmarshal([]byte(line), &said) != nil {
			t.Fatalf("%v: %q for %q", err, line, row)
		}
		// The fraction of a second has no zeros at its end.
		at, _ := said["time"].(string)
		whole, fraction, _ := strings.Cut(strings.TrimSuffix(at, "Z"), ".")
		said["time"] = whole + "." + (fraction + "000000")[:6]
		if !strings.HasSuffix(at, "Z") || !maps.Equal(stands, said) {
			t.Errorf("the line\n%v\nis not the row\n%v", said, stands)
		}
	}
	// The first is that of the settings.
	if n != len(a.Web().Actions())+1 || rows.Err() != nil || out.Len() != 0 {
		t.Errorf("%d rows, %v, and besides %q", n, rows.Err(), out.String())
	}
}

// It is off unless somebody wants it.
func TestNoEntryOfTheTrailIsALineUnasked(t *testing.T) {
	settings, listener := local(t)
	var out, log bytes.Buffer
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener, Out: &out},
		NewLog(&log, Settings{LogLevel: "debug"}))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	defer func() { _ = listener.Close() }()
	if out.Len() != 0 || strings.Contains(log.String(), "audit") {
		t.Errorf("%q, %q", out.String(), log.String())
	}
}
