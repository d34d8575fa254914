package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// secret is a text that may come out in few places only.
type secret struct{ kind, text string }

// record is something that came out of the intranet.
type record struct{ where, text string }

// allowance is a place where a kind of secret may be.
type allowance struct {
	kind  string
	where *regexp.Regexp // of the record
	exact string         // the text around the secret, which %s stands for
	once  bool           // in one record of all, and not again
	why   string
}

// witness notes every secret and everything that comes out.
type witness struct {
	t       *testing.T
	mu      sync.Mutex // the vendor makes tokens meanwhile
	secrets []secret
	records []record
	seen    map[string]bool // statuses, for the test of the test: what was not provoked proves nothing
}

// secret notes one and returns it.
func (w *witness) secret(kind, text string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := (secret{kind, text}); !slices.Contains(w.secrets, s) {
		w.secrets = append(w.secrets, s)
	}
	return text
}

func (w *witness) knows(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.secrets, func(s secret) bool { return s.text == text })
}

func (w *witness) record(where, text string) {
	w.records = append(w.records, record{where, text})
}

// forms are how a text reads where somebody has encoded it, by the name of the
// encoding.
func forms(text string) map[string]string {
	b := []byte(text)
	quoted, _ := json.Marshal(text) // a string cannot fail
	all := map[string]string{
		"hex":       hex.EncodeToString(b),
		"HEX":       strings.ToUpper(hex.EncodeToString(b)),
		"bytes":     strings.Trim(fmt.Sprint(b), "[]"),
		"backwards": reversed(text),
		"query":     url.QueryEscape(text),
		"path":      url.PathEscape(text),
		"HTML":      html.EscapeString(text),
		"JSON":      strings.Trim(string(quoted), `"`),
		"Go":        strings.Trim(strconv.Quote(text), `"`),
		"CSV":       strings.ReplaceAll(text, `"`, `""`),
	}
	// In the base64 of something longer a secret reads in one of three ways, each
	// with ends that depend on what is beside it.
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			encoded := alphabet.EncodeToString(append(make([]byte, before), b...))
			first, last := []int{0, 2, 3}[before], len(encoded)
			if (before+len(b))%3 != 0 {
				last--
			}
			all[fmt.Sprintf("base64 %d %v", before, alphabet == base64.RawURLEncoding)] = encoded[first:last]
		}
	}
	for name, form := range all {
		if form == text {
			delete(all, name)
		}
	}
	all["as it is"] = text
	return all
}

func reversed(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}

// leaks searches every record for every secret, and says where one is that no
// allowance covers: never the secret itself.
func (w *witness) leaks(allowed []allowance) (found []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	used, records := map[string]int{}, slices.Clone(w.records)
	for _, s := range w.secrets {
		for i, a := range allowed {
			if a.kind == s.kind {
				exact := strings.ReplaceAll(a.exact, "%s", s.text)
				for j, r := range records {
					if a.where.MatchString(r.where) && strings.Contains(r.text, exact) &&
						(!a.once || used[exact] == 0) {
						used[exact]++
						used[fmt.Sprint(i)]++
						records[j].text = strings.Replace(r.text, exact, "", 1)
					}
				}
			}
		}
	}
	// One pass for all: each form of each secret becomes a mark that names it.
	var marks []string
	for i, s := range w.secrets {
		if len(s.text) < 8 {
			w.t.Fatalf("a %s is too short to be searched for", s.kind)
		}
		for name, form := range forms(s.text) {
			marks = append(marks, form, fmt.Sprintf("\x00%d %s\x00", i, name))
		}
	}
	marker, mark := strings.NewReplacer(marks...), regexp.MustCompile(`\x00(\d+) ([^\x00]+)\x00`)
	for _, r := range records {
		text := marker.Replace(strings.ReplaceAll(r.text, "\x00", " "))
		for _, at := range mark.FindAllStringSubmatchIndex(text, -1) {
			index, _ := strconv.Atoi(text[at[2]:at[3]])
			line := 1 + strings.Count(text[:at[0]], "\n")
			found = append(found, fmt.Sprintf("a %s (%s) in line %d of: %s",
				w.secrets[index].kind, text[at[4]:at[5]], line, r.where))
		}
	}
	for i, a := range allowed {
		if used[fmt.Sprint(i)] == 0 {
			found = append(found, fmt.Sprintf(
				"nothing was found where a %s is allowed (%s): is the place still there?", a.kind, a.why))
		}
	}
	return found
}

// command runs one and notes what it printed and how it failed.
func (w *witness) command(input string, args ...string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second) // a server that starts although it should not
	defer cancel()
	out, err := commandIn(ctx, w.t, input, args...)
	name := args[0]
	if name == "user" && len(args) > 1 {
		name += " " + args[1]
	}
	w.record("command "+name, fmt.Sprintf("%s\n%v\n%+v\n%#v", out, err, err, err))
	return out
}

// succeeds is command for one that must.
func (w *witness) succeeds(input string, args ...string) string {
	w.t.Helper()
	out := w.command(input, args...)
	if last := w.records[len(w.records)-1].text; !strings.HasSuffix(last, "\n<nil>\n<nil>\n<nil>") {
		w.t.Fatalf("%v failed", args[:min(2, len(args))])
	}
	return out
}

// visitor is a browser whose every answer is noted.
type visitor struct {
	*witness
	base string
	http.Client
}

func (w *witness) visitor(base string) *visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &visitor{w, base, http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (v *visitor) session() string {
	u, _ := url.Parse(v.base)
	for _, c := range v.Jar.Cookies(u) {
		if c.Name == "session" {
			return c.Value
		}
	}
	return ""
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (v *visitor) send(method, path, body string, header ...string) answer {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	before := v.session()
	res, err := v.Do(req)
	if err != nil {
		v.t.Fatal(method, req.URL.Path, err)
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(method, req.URL.Path, err)
	}
	for _, c := range res.Cookies() {
		if c.Name != "session" || c.Value == "" {
			continue
		}
		if c.Value != before && v.knows(c.Value) {
			v.t.Errorf("%s %s hands out a session that is somebody else's", method, req.URL.Path)
		}
		v.secret("session id", c.Value)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s\n", res.Proto, res.Status)
	_ = res.Header.Write(&text) // into memory
	text.WriteString("\n")
	text.Write(content)
	v.record(fmt.Sprintf("answer %s %s %d", method, shape(req.URL.Path), res.StatusCode), text.String())
	v.seen[strconv.Itoa(res.StatusCode)] = true
	return answer{res.StatusCode, res.Header, string(content)}
}

func (v *visitor) get(path string, header ...string) answer {
	v.t.Helper()
	return v.send(http.MethodGet, path, "", header...)
}

// post sends a form of names and values in turn.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.send(http.MethodPost, path, form.Encode())
}

// wants posts, and fails unless that is the status.
func (v *visitor) wants(status int, path string, fields ...string) answer {
	v.t.Helper()
	a := v.post(path, fields...)
	if a.status != status {
		v.t.Errorf("POST %s: status %d, want %d", path, a.status, status)
	}
	return a
}

// part is what the pattern's group finds on a page.
func (v *visitor) part(a answer, pattern string) string {
	v.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(a.body)
	if found == nil {
		v.t.Fatalf("a page with status %d lacks %s", a.status, pattern)
	}
	return html.UnescapeString(found[1])
}

var (
	uuid  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	links = regexp.MustCompile(`href="(/[^"]*)"`)
	texts = regexp.MustCompile(`(?m)^GET +/([a-z]+)/\{slug\} `)
)

// slug matches the paths of texts, whichever features have some.
var slug = sync.OnceValue(func() *regexp.Regexp {
	routes, _ := os.ReadFile("../../internal/features/routes.txt")
	places := []string{"none"}
	for _, match := range texts.FindAllSubmatch(routes, -1) {
		places = append(places, string(match[1]))
	}
	return regexp.MustCompile(`^/(` + strings.Join(places, "|") + `)/[^/]+`)
})

// shape is a path without what differs from one person or text to the next.
func shape(path string) string {
	if strings.HasSuffix(path, "/new") {
		return path
	}
	return slug().ReplaceAllString(uuid.ReplaceAllString(path, "{id}"), "/$1/{slug}")
}

// everyPage follows links from the home page, to two pages of each kind.
func (v *visitor) everyPage() (shapes []string) {
	v.t.Helper()
	seen, asked := map[string]bool{}, map[string]int{}
	queue := []string{"/", "/login", "/invitation", "/login/code", "/healthz", "/readyz"}
	for ; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		kind := shape(strings.Split(path, "?")[0])
		if seen[path] || asked[kind] == 2 || strings.HasPrefix(path, "//") {
			continue
		}
		seen[path], asked[kind] = true, asked[kind]+1
		for _, link := range links.FindAllStringSubmatch(v.get(path).body, -1) {
			queue = append(queue, html.UnescapeString(link[1]))
		}
		if asked[kind] == 1 {
			shapes = append(shapes, kind)
			v.send(http.MethodHead, path, "")
		}
	}
	return shapes
}

// database notes every row of every table.
func (w *witness) database(conn *pgx.Conn) {
	w.t.Helper()
	ctx := w.t.Context()
	rows, _ := conn.Query(ctx, `SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 10 {
		w.t.Fatal(tables, err)
	}
	for _, table := range tables {
		rows, _ := conn.Query(ctx, `SELECT to_jsonb(t)::text FROM `+pgx.Identifier{table}.Sanitize()+` t`)
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			w.t.Fatal(err)
		}
		w.record("table "+table, strings.Join(all, "\n"))
	}
}

// hashes notes the hashes of everybody's password: they are for the table alone.
func (w *witness) hashes(conn *pgx.Conn) {
	w.t.Helper()
	rows, _ := conn.Query(w.t.Context(), `SELECT password_hash FROM people WHERE password_hash IS NOT NULL`)
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(hashes) == 0 {
		w.t.Fatal(len(hashes), err)
	}
	for _, hash := range hashes {
		w.secret("password hash", hash)
	}
}

// The search itself finds a secret whatever was done to it.
func TestTheWitnessFindsASecretInEveryForm(t *testing.T) {
	t.Parallel()
	const text = `a "sécret" & more/than+one`
	quoted, _ := json.Marshal(text)
	encoded := map[string]string{
		"raw":       text,
		"hex":       fmt.Sprintf("%x", text),
		"HEX":       fmt.Sprintf("%X", text),
		"bytes":     fmt.Sprint([]byte(text)),
		"query":     url.QueryEscape("x=" + text),
		"path":      url.PathEscape(text),
		"HTML":      html.EscapeString(text),
		"JSON":      string(quoted),
		"Go":        fmt.Sprintf("%q", text),
		"backwards": reversed(text),
		"CSV":       strings.ReplaceAll(text, `"`, `""`),
	}
	for _, before := range []string{"", "x", "xy", "xyz", "user:"} {
		for _, after := range []string{"", "x", "xy"} {
			encoded["base64"+before+after] = base64.StdEncoding.EncodeToString([]byte(before + text + after))
			encoded["base64url"+before+after] = base64.URLEncoding.EncodeToString([]byte(before + text + after))
		}
	}
	for name, output := range encoded {
		w := &witness{t: t}
		w.secret("secret", text)
		w.record("somewhere", "line\n<"+output+">")
		if found := w.leaks(nil); len(found) != 1 || !strings.Contains(found[0], "line 2 of: somewhere") ||
			strings.Contains(found[0], "cret\"") {
			t.Errorf("%s: %q", name, found)
		}
	}
	w := &witness{t: t}
	w.secret("secret", text)
	w.record("page", "<b>"+text+"</b>")
	place := []allowance{{"secret", regexp.MustCompile(`^page$`), "<b>%s</b>", true, "tested"}}
	if found := w.leaks(place); len(found) != 0 {
		t.Errorf("where it is allowed: %q", found)
	}
	w.record("page", "<b>"+text+"</b>")
	if found := w.leaks(place); len(found) != 1 {
		t.Errorf("a second time: %q", found)
	}
	w.records = []record{{"page", "<b>" + text + "</b> " + text}}
	if found := w.leaks(place); len(found) != 1 {
		t.Errorf("beside the place where it is allowed: %q", found)
	}
}
