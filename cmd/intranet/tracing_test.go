package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/checks"
)

func TestDoctorTriesTheCollectorOfTraces(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	key := d.canary()
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/v1/traces" || len(body) > 0 || r.Header.Get("Authorization") != "Bearer "+key {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(collector.Close)
	d.examine().wants(t, "traces.collector", checks.Fine, "off")

	d.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	d.env["OTEL_EXPORTER_OTLP_HEADERS"] = "Authorization=Bearer%20" + key
	r := d.examine()
	r.wants(t, "traces.collector", checks.Fine, strings.TrimPrefix(collector.URL, "http://"), "takes traces")
	r.wants(t, "settings.otel_exporter_otlp_headers", checks.Fine, "set,", "(environment)")

	d.env["OTEL_EXPORTER_OTLP_HEADERS"] = "Authorization=" + d.canary()
	d.examine().wants(t, "traces.collector", checks.Warning, "status 401", "OTEL_EXPORTER_OTLP_HEADERS")

	d.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4317" // nobody is there, or it is gRPC
	d.examine().wants(t, "traces.collector", checks.Warning, "127.0.0.1:4317", "4318")
}

// A wrong setting is named without its value, which may be the secret.
func TestWrongSettingsOfTracesAreNamed(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":        "https://user:" + d.canary() + "@collector.example",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector.example/v1/traces?key=" + d.canary(),
		"OTEL_EXPORTER_OTLP_HEADERS":         d.canary(),
	} {
		d.env[name] = value
		d.examine().wants(t, "settings."+strings.ToLower(name), checks.Failure, name+" must")
		delete(d.env, name)
	}
}
