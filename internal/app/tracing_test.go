package app

import (
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
)

func TestAKeyOfACollectorInTheClearIsAWarning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		endpoint, headers string
		warned            bool
	}{
		{"http://collector.example:4318", "x=y", true},
		{"http://collector.example:4318", "", false},
		{"https://collector.example", "x=y", false},
		{"http://127.0.0.1:4318", "x=y", false},
		{"", "x=y", false},
	} {
		s := complete()
		s.Tracing, s.TracingHeaders = test.endpoint, caramelo.NewSecret(test.headers)
		p, err := s.Parse()
		if err != nil {
			t.Fatal(err)
		}
		warned := false
		for _, w := range s.Warnings(p) {
			warned = warned || w.Setting == "OTEL_EXPORTER_OTLP_HEADERS"
		}
		if warned != test.warned {
			t.Errorf("%+v: warned %v", test, warned)
		}
	}
}
