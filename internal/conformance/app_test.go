package conformance_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	secret  = "sk_test_5b1f0c9d7e"
	project = "p_check"
)

// users are the two people of the app: one has a name that a page must escape.
var users = map[string]map[string]string{
	"ana": {"id": "7", "name": `Ana <b>"O'Neil"</b></script>`, "email": "ana@example.com", "lang": "pt"},
	"bo":  {"id": "8", "name": "Bo", "email": "bo@example.com", "lang": "en"},
}

// app is a small app with the chat on one page. wrong is the one way in which it is wrong,
// or "".
type app struct {
	vendor string
	wrong  string
	client *http.Client

	busy     sync.Mutex
	mu       sync.Mutex
	sessions map[string]string // who, by the session's id
	kept     map[string]string // tokens, by person
}

func newApp(vendor, wrong string) *app {
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		Timeout:       time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	switch wrong {
	case "no time limit", "no time limit, one page at a time":
		client.Timeout = 0
	case "follows redirects":
		client.CheckRedirect = nil
	}
	return &app{
		vendor: vendor, wrong: wrong, client: client,
		sessions: map[string]string{"one": "ana", "two": "bo"}, kept: map[string]string{},
	}
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/page", a.page)
	mux.HandleFunc("/page/two", a.page)
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "// a script of the app")
		if a.wrong == "secret in a script" {
			fmt.Fprintf(w, "; const key = %q", secret)
		}
	})
	mux.HandleFunc("GET /old", func(w http.ResponseWriter, r *http.Request) {
		if a.wrong == "a call for a redirect" {
			_, _ = a.call(r, a.user(r))
		}
		http.Redirect(w, r, "/page", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		if a.wrong == "a chat beside the form" && a.user(r) != nil {
			token, _ := a.call(r, a.user(r))
			defer fmt.Fprint(w, a.tail(token, ""))
		}
		fmt.Fprint(w, `<!doctype html><form method="post"><input type="hidden" name="csrf" value="x"><input name="email">`+
			`<input type="password" name="pass"><button>Sign in</button></form>`)
	})
	mux.HandleFunc("POST /login", a.signIn)
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("session"); err == nil && a.wrong != "sign-out ends nothing" {
			a.mu.Lock()
			delete(a.sessions, cookie.Value)
			a.mu.Unlock()
		}
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if a.wrong == "a call for an error page" {
			_, _ = a.call(r, a.user(r))
		}
		http.NotFound(w, r)
		if user := a.user(r); user != nil && a.wrong == "keeps the token, for error pages too" {
			token, _ := a.token(r, user)
			fmt.Fprint(w, a.tail(token, ""))
		}
	})
	return mux
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	who := r.FormValue("email")
	if users[who] == nil || r.FormValue("pass") != "pw-"+who || r.FormValue("csrf") != "x" {
		http.Error(w, "no", http.StatusUnprocessableEntity)
		return
	}
	id := rand.Text()
	a.mu.Lock()
	a.sessions[id] = who
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", Secure: true, HttpOnly: true})
	if _, err := r.Cookie("chat"); err != nil {
		http.SetCookie(w, &http.Cookie{Name: "chat", Value: who, Path: "/"})
	}
	http.Redirect(w, r, "/page", http.StatusSeeOther)
}

// user is who is signed in, or nil.
func (a *app) user(r *http.Request) map[string]string {
	cookie, err := r.Cookie("session")
	if err != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	who := a.sessions[cookie.Value]
	if chat, err := r.Cookie("chat"); err == nil && who != "" && a.wrong == "keeps the id in a cookie" {
		who = chat.Value
	}
	return users[who]
}

var errNoToken = errors.New("no token")

// call gets a token.
func (a *app) call(r *http.Request, user map[string]string) (token string, err error) {
	ctx := context.WithoutCancel(r.Context())
	if a.wrong == "no time limit" {
		ctx = r.Context()
	}
	if a.wrong == "no time limit, one page at a time" {
		a.busy.Lock()
		defer a.busy.Unlock()
	}
	body := map[string]any{
		"secret_token": secret, "external_customer_id": user["id"], "name": user["name"],
		"email": user["email"], "lang": user["lang"],
	}
	method, kind := "POST", "application/json"
	address := a.vendor + "/api/chatbox/project/" + project + "/intranet-auth"
	header := ""
	switch a.wrong {
	case "a PUT":
		method = "PUT"
	case "another path":
		address += "/"
	case "a query":
		address += "?lang=en"
	case "another content type":
		kind = "text/plain"
	case "a number for an id":
		body["external_customer_id"] = 7
	case "a sixth field":
		body["phone"] = "555"
	case "no lang":
		delete(body, "lang")
	case "secret in a header":
		header = secret
	case "another secret":
		body["secret_token"] = "sk_other"
	case "an id for each page":
		body["external_customer_id"] = rand.Text()
	case "the session for an id":
		cookie, _ := r.Cookie("session")
		body["external_customer_id"] = cookie.Value
	case "the e-mail for an id":
		body["external_customer_id"] = user["email"]
	case "one id for all":
		body["external_customer_id"] = "7"
	}
	sent, _ := json.Marshal(body)
	req, _ := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(sent))
	req.Header.Set("Content-Type", kind)
	if header != "" {
		req.Header.Set("X-Key", header)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var limit int64 = 64 << 10
	if a.wrong == "no bound" {
		limit = 1 << 30
	}
	got, err := io.ReadAll(io.LimitReader(res.Body, limit))
	var answer struct {
		Token string `json:"real_time_access_token"`
	}
	broken := json.Unmarshal(got, &answer)
	switch {
	case err != nil:
		return "", err
	case a.wrong == "quotes the answer" && res.StatusCode != 200:
		return "", fmt.Errorf("%s", got)
	case a.wrong == "no status check" && broken == nil:
		return answer.Token, nil
	case a.wrong == "no check of the token" && broken == nil && res.StatusCode == 200:
		return answer.Token, nil
	case a.wrong == "throws where it is not JSON" && broken != nil && res.StatusCode == 200:
		panic(http.ErrAbortHandler)
	case res.StatusCode != 200 || broken != nil || strings.TrimSpace(answer.Token) == "":
		return "", errNoToken
	}
	return answer.Token, nil
}

func (a *app) page(w http.ResponseWriter, r *http.Request) {
	user := a.user(r)
	if user == nil && a.wrong == "a chat for everybody" {
		user = map[string]string{"id": "guest", "name": "Guest", "email": "guest@example.com", "lang": "en"}
	}
	if user == nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	if r.Header.Get("Sec-Purpose") != "" && a.wrong != "a call for a prefetch" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	nonce := rand.Text()
	if a.wrong == "one nonce for all" {
		nonce = "always"
	}
	socket := strings.Replace(a.vendor, "http", "ws", 1)
	policy := "default-src 'self'; script-src 'nonce-" + nonce + "' " + a.vendor + "; connect-src 'self' " + socket
	switch a.wrong {
	case "another nonce":
		policy = strings.Replace(policy, nonce, "old", 1)
	case "no socket in the policy":
		policy = strings.Replace(policy, socket, a.vendor, 1)
	case "secret in a response header":
		w.Header().Set("X-Debug", secret)
	}
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if a.wrong != "no no-store" {
		w.Header().Set("Cache-Control", "no-store")
	}
	if r.Method == http.MethodHead {
		switch a.wrong {
		case "a call for HEAD":
			_, _ = a.call(r, user)
		case "a call behind the answer to HEAD":
			time.AfterFunc(50*time.Millisecond, func() { _, _ = a.call(r, user) })
		}
		return
	}
	a.write(w, r, user, nonce)
}

// write writes the page: first all but the tail, then the tail.
func (a *app) write(w http.ResponseWriter, r *http.Request, user map[string]string, nonce string) {
	name := template.HTMLEscapeString(user["name"])
	switch a.wrong {
	case "a name as it is":
		name = user["name"]
	case "a name with its quotes escaped":
		name = strings.ReplaceAll(user["name"], `"`, "&quot;")
	case "a name in a comment":
		name += "<!-- " + user["name"] + " -->"
	case "a name in an attribute": // as the standard serializes it, before 2025
		name += `<i title="` + strings.ReplaceAll(user["name"], `"`, "&quot;") + `"></i>`
	case "a name that leaves its attribute":
		name += `<i title="` + user["name"] + `"></i>`
	case "a name that ends a script":
		encoded := strings.ReplaceAll(user["name"], `"`, `\"`)
		name += "</h1><script nonce=" + nonce + `>var me = "` + encoded + `"</script><h1>`
	case "a name in a script":
		encoded, _ := json.Marshal(user["name"])
		name += "</h1><script nonce=" + nonce + ">var me = " + string(encoded) + "</script><h1>"
	}
	top := "<!doctype html><title>App</title>"
	main := "<h1>Welcome, " + name + "</h1><p>The canteen has soup and bread today, and the trains run.</p>" +
		`<form method="post" action="/logout"><button name="out">Sign out</button></form><script nonce="` + nonce +
		`" src="/app.js"></script>`
	switch a.wrong {
	case "secret in the page":
		main += "\n<!-- " + secret + " -->"
	case "a password beside the chat":
		main += `<form><input name="new" type="password"></form>`
	case "secret in base64":
		main += `<p data-config="` + base64.StdEncoding.EncodeToString([]byte(secret)) + `"></p>`
	case "a policy in the page":
		main = `<meta http-equiv="Content-Security-Policy" content="script-src 'self'">` + main
	}
	waits := a.wrong == "waits for the token" || a.wrong == "in the head" || a.wrong == "an error page" ||
		a.wrong == "an error page with status 200" ||
		a.wrong == "throws where it is not JSON"
	var token string
	var err error
	if waits {
		token, err = a.token(r, user)
	} else {
		fmt.Fprint(w, top, "<body>", main)
		_ = http.NewResponseController(w).Flush()
		token, err = a.token(r, user)
	}
	tail := a.tail(token, nonce)
	if err != nil {
		tail = "<p>The chat is not available.</p>"
	}
	switch {
	case a.wrong == "an error page with status 200" && err != nil:
		fmt.Fprint(w, "<title>App</title><body>Something went wrong.</body>")
	case a.wrong == "breaks off" && err != nil:
		panic(http.ErrAbortHandler)
	case a.wrong == "an error page" && err != nil:
		http.Error(w, "Bad gateway", http.StatusBadGateway)
	case a.wrong == "quotes the answer" && err != nil:
		fmt.Fprint(w, template.HTMLEscapeString(err.Error()), "</body></html>")
	case a.wrong == "in the head":
		fmt.Fprint(w, "<!doctype html><head><title>App</title>", tail, "</head><body>", main, "</body></html>")
	case waits:
		fmt.Fprint(w, top, "<body>", main, tail, "</body></html>")
	case a.wrong == "behind the body":
		fmt.Fprint(w, "</body>", tail, "</html>")
	default:
		fmt.Fprint(w, tail, "</body></html>")
	}
}

func (a *app) token(r *http.Request, user map[string]string) (string, error) {
	switch a.wrong {
	case "two calls for a page":
		_, _ = a.call(r, user)
	case "keeps the token", "keeps the token, for error pages too":
		return a.keep(r, user, user["id"]), nil
	case "keeps the token for everybody":
		return a.keep(r, user, ""), nil
	case "keeps the token of a browser":
		browser, err := r.Cookie("chat") // it stays when somebody signs out
		if err != nil {
			return a.call(r, user)
		}
		return a.keep(r, user, browser.Value), nil
	}
	return a.call(r, user)
}

// keep is the token that is kept under a key.
func (a *app) keep(r *http.Request, user map[string]string, key string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept[key] == "" {
		a.kept[key], _ = a.call(r, user)
	}
	return a.kept[key]
}

// tail is the two scripts.
func (a *app) tail(token, nonce string) string {
	encoded, _ := json.Marshal(token) // with < as \u003c
	name := "authenticated.js"
	switch a.wrong {
	case "a token between quotes":
		encoded = []byte(`"` + token + `"`)
	case "a token as HTML":
		encoded = []byte(`"` + template.HTMLEscapeString(token) + `"`)
	case "no token in the page":
		encoded = []byte(`""`)
	case "index.js":
		name = "index.js"
	}
	variable, host := "carameloaiChatbot", a.vendor
	switch a.wrong {
	case "another variable":
		variable = "chat"
	case "a copy of the script":
		host = "https://cdn.example"
	}
	config := `<script nonce="` + nonce + `">var ` + variable + ` = {secure_connection_token: ` + string(encoded) +
		`, project_id: "` + project + `"};</script>`
	sdk := `<script nonce="` + nonce + `" src="` + host + `/sdk/latest/` + name + `"></script>`
	switch a.wrong {
	case "the script first":
		return sdk + config
	case "no script":
		return config
	case "the script twice":
		return config + sdk + sdk
	}
	return config + sdk
}
