// Package prometheus holds rules, an example that scrapes the intranet, and the test that both, and
// the dashboard beside them, ask for what the intranet has. It is a module of its own, so that
// nobody needs Prometheus to build the intranet: go -C deploy/prometheus test .
package prometheus

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	query "github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// rule is one of alerts.yml.
type rule struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(read(t, "alerts.yml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	if len(all) < 10 {
		t.Fatalf("alerts.yml has %d rules", len(all))
	}
	return all
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// metric is one of the table in docs/operations.md, which is what a running intranet serves: a
// test in internal/app compares them.
type metric struct {
	kind   string
	labels map[string][]string // the values of each; none: any
}

func documented(t *testing.T) map[string]metric {
	t.Helper()
	_, section, _ := strings.Cut(string(read(t, "../../docs/operations.md")), "\n## Metrics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	all := map[string]metric{}
	label := regexp.MustCompile("`(\\w+)`(?:: ([^;]+))?")
	word := regexp.MustCompile("`([^`]+)`")
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+)[^|]*\\|([^|]*)\\|")
	for _, row := range rows.FindAllStringSubmatch(section, -1) {
		m := metric{row[2], map[string][]string{}}
		for _, l := range label.FindAllStringSubmatch(row[3], -1) {
			m.labels[l[1]] = []string{}
			for _, value := range word.FindAllStringSubmatch(l[2], -1) {
				m.labels[l[1]] = append(m.labels[l[1]], value[1])
			}
		}
		all[row[1]] = m
	}
	if len(all) < 20 {
		t.Fatalf("docs/operations.md has %d metrics", len(all))
	}
	all["up"] = metric{kind: "gauge"} // Prometheus' own
	return all
}

// ofPrometheus are the labels that every series gets when it is scraped.
var ofPrometheus = []string{"job", "instance"}

// fits returns what an expression asks for that there is not.
func fits(expr string, metrics map[string]metric) (wrong []string) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return []string{err.Error()}
	}
	known := slices.Clone(ofPrometheus) // labels of all that it asks for
	selectors := 0
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		selectors++
		name, m := selector.Name, metrics[selector.Name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, cut := strings.CutSuffix(name, suffix); cut && metrics[base].kind == "histogram" {
				m = metrics[base]
				if suffix == "_bucket" {
					known = append(known, "le")
				}
			}
		}
		if m.kind == "" || m.kind == "histogram" && m.kind == metrics[name].kind {
			wrong = append(wrong, "there is no "+name)
			return nil
		}
		for label := range m.labels {
			known = append(known, label)
		}
		for _, matcher := range selector.LabelMatchers {
			wrong = append(wrong, m.lacks(name, matcher)...)
		}
		return nil
	})
	if selectors == 0 {
		wrong = append(wrong, "it asks for nothing")
	}
	grouped := func(labels []string) {
		for _, label := range labels {
			if !slices.Contains(known, label) {
				wrong = append(wrong, "nothing has the label "+label)
			}
		}
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			grouped(n.Grouping)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				grouped(n.VectorMatching.MatchingLabels)
			}
		}
		return nil
	})
	return wrong
}

// lacks returns what a matcher asks for that the table does not have. Each word of a list must be
// there.
func (m metric) lacks(name string, matcher *labels.Matcher) (wrong []string) {
	if matcher.Name == "__name__" || slices.Contains(ofPrometheus, matcher.Name) {
		return nil
	}
	values, has := m.labels[matcher.Name]
	if !has {
		return []string{name + " has no label " + matcher.Name}
	}
	if len(values) == 0 {
		return nil
	}
	wanted := []string{matcher.Value}
	if matcher.Type == labels.MatchRegexp || matcher.Type == labels.MatchNotRegexp {
		wanted = strings.Split(matcher.Value, "|")
	}
	for _, each := range wanted {
		expr, err := regexp.Compile("^(?:" + each + ")$")
		if err != nil || !slices.ContainsFunc(values, expr.MatchString) {
			wrong = append(wrong, name+" has no "+matcher.Name+"="+each)
		}
	}
	return wrong
}

// Whoever renames a metric, a label or one of its values finds the rules that asked for it.
func TestTheRulesAskForWhatThereIs(t *testing.T) {
	metrics := documented(t)
	for _, r := range rules(t) {
		for _, wrong := range fits(r.Expr, metrics) {
			t.Errorf("%s: %s", r.Alert, wrong)
		}
		if severity := r.Labels["severity"]; severity != "page" && severity != "ticket" {
			t.Errorf("%s has the severity %q", r.Alert, severity)
		}
		if r.Annotations["summary"] == "" || r.Annotations["look"] == "" {
			t.Errorf("%s does not say what happens, and where to look", r.Alert)
		}
	}
}

// Each way of asking for what there is not is found.
func TestWhatIsNotThereIsFound(t *testing.T) {
	metrics := documented(t)
	for expr, wrong := range map[string]string{
		`intranet_readyy == 0`:                            "there is no intranet_readyy",
		`rate(intranet_page_render_seconds[5m])`:          "there is no intranet_page_render_seconds",
		`intranet_ready_bucket`:                           "there is no intranet_ready_bucket",
		`intranet_database_state{status="away"}`:          "intranet_database_state has no label status",
		`intranet_database_state{state="gone"}`:           "intranet_database_state has no state=gone",
		`caramelo_handshakes_total{kind=~"ok|timed_out"}`: "caramelo_handshakes_total has no kind=timed_out",
		`intranet_database_errors_total{code=~"99.*"}`:    "intranet_database_errors_total has no code=99.*",
		`sum by (kind) (intranet_signins_total)`:          "nothing has the label kind",
		`intranet_ready and on (pod) intranet_draining`:   "nothing has the label pod",
		`sum by (le) (rate(intranet_requests_total[5m]))`: "nothing has the label le",
		`vector(1)`: "it asks for nothing",
		`sum by (job, route) (rate(intranet_requests_total[5m]))`: "",
	} {
		if got := strings.Join(fits(expr, metrics), ", "); got != wrong {
			t.Errorf("%s: %q, want %q", expr, got, wrong)
		}
	}
}

// Each rule fires in alerts_test.yml, and docs/operations.md names it.
func TestEachRuleIsTestedAndDocumented(t *testing.T) {
	tested, documents := string(read(t, "alerts_test.yml")), string(read(t, "../../docs/operations.md"))
	for _, r := range rules(t) {
		if !strings.Contains(tested, `{alertname="`+r.Alert+`"}`) {
			t.Errorf("%s never fires in alerts_test.yml", r.Alert)
		}
		if !strings.Contains(documents, "`"+r.Alert+"`") {
			t.Errorf("docs/operations.md does not name %s", r.Alert)
		}
	}
	known := map[string]bool{}
	for _, r := range rules(t) {
		known[r.Alert] = true
	}
	for _, name := range regexp.MustCompile("`((?:Intranet|Caramelo)[A-Z]\\w+)`").FindAllStringSubmatch(documents, -1) {
		if !known[name[1]] {
			t.Errorf("docs/operations.md names %s, which alerts.yml does not have", name[1])
		}
	}
}

// Prometheus' own tool takes the files, and the rules do what alerts_test.yml says.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no promtool: the package prometheus has it")
		}
		t.Skip("NOT CHECKED: no promtool on PATH. On Debian: apt-get install prometheus")
	}
	for _, args := range [][]string{
		{"check", "config", "prometheus.yml"}, {"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"},
	} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// panel is what the test asks of one. Grafana's types, which have all, are for the decoding.
type panel struct {
	ID          int
	Type, Title string
	Datasource  struct{ UID string }
	FieldConfig struct{ Defaults struct{ Unit string } }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ RefID, Expr, LegendFormat string }
	Panels      []panel
}

const dashboardFile = "../grafana/dashboard.json"

// decode decodes a dashboard without a key that Grafana does not know.
func decode(text []byte) error {
	var strict dashboard.Dashboard
	types := cog.NewRuntime()
	types.RegisterDataqueryVariant(query.VariantConfig())
	types.RegisterPanelcfgVariant(timeseries.VariantConfig())
	types.RegisterPanelcfgVariant(bargauge.VariantConfig())
	types.RegisterPanelcfgVariant(stat.VariantConfig())
	all := []error{strict.UnmarshalJSONStrict(text)}
	var fields struct {
		Panels []struct{ FieldConfig json.RawMessage }
	}
	all = append(all, json.Unmarshal(text, &fields))
	for _, p := range fields.Panels { // which it decodes without being strict
		all = append(all, new(dashboard.FieldConfigSource).UnmarshalJSONStrict(p.FieldConfig))
	}
	return errors.Join(slices.DeleteFunc(all, func(err error) bool {
		return err == nil || err.Error() == "" // a list of no errors
	})...)
}

// The dashboard is what Grafana knows, asks for what the intranet has, and shows each panel.
func TestTheDashboard(t *testing.T) {
	text := read(t, dashboardFile)
	if err := decode(text); err != nil {
		t.Error(err)
	}
	var d struct{ Panels []panel }
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	metrics, ids, asked := documented(t), map[int]bool{}, map[string]bool{}
	filled := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*")
	for i, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%q: its id is another's, it has no title, or no place", p.Title)
		}
		ids[p.ID] = true
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q stands on %q", p.Title, other.Title)
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Datasource.UID != "${datasource}" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("%q asks another Prometheus, asks nothing, or has no unit", p.Title)
		}
		for _, target := range p.Targets {
			for _, wrong := range fits(filled.Replace(target.Expr), metrics) {
				t.Errorf("%q: %s", p.Title, wrong)
			}
			if !strings.Contains(target.Expr, `instance=~"$instance"`) || target.LegendFormat == "" {
				t.Errorf("%q shows all replicas, or says not what its line is: %s", p.Title, target.Expr)
			}
			for name := range metrics {
				shown := regexp.MustCompile(`\b` + name + `(_bucket|_count)?\{`)
				asked[name] = asked[name] || shown.MatchString(target.Expr)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if !asked[name] && !slices.Contains(notShown, name) {
			t.Errorf("the dashboard does not show %s: add it, or say here that it need not", name)
		}
	}
}

// notShown are metrics that the dashboard does without.
var notShown = []string{
	"caramelo_script_looks_total", "intranet_database_acquires_total", "intranet_database_waits_total",
	"process_start_time_seconds",
}

// A key that Grafana does not know is found.
func TestAnUnknownKeyIsFound(t *testing.T) {
	for _, key := range []string{
		`"templating"`, `"gridPos"`, `"thresholds"`, `"showPoints"`, `"legendFormat"`, `"tooltip"`, `"graphMode"`,
	} {
		if decode(bytes.Replace(read(t, dashboardFile), []byte(key), []byte(`"unknown"`), 1)) == nil {
			t.Errorf("nobody misses %s", key)
		}
	}
}
