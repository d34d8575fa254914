// Command visit signs in to a running intranet whose Caramelo is the sandbox, and chats: what a
// deployment must be able to do.
//
//	intranet seed | go run ./internal/webtest/visit http://localhost:8080
//	go run ./internal/webtest/visit --provider http://localhost:8080
//
// It takes the first login that it reads: e-mail, password and role. With --provider it signs in
// with the demo's provider instead, as the first one of its list.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := visit(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "visit:", err)
		os.Exit(1)
	}
}

// The tail of a page: the token, the project and Caramelo's script.
var (
	settings = regexp.MustCompile(`secure_connection_token: ("[^"]+"), project_id: ("[^"]+")`)
	script   = regexp.MustCompile(`<script src="(https?://[^"/]+)/sdk/`)
)

func visit(ctx context.Context, args []string, logins io.Reader, out io.Writer) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client, page, who := &http.Client{Jar: jar}, "", "somebody of the provider"
	switch {
	case len(args) == 1:
		var password string
		if _, err := fmt.Fscan(logins, &who, &password); err != nil {
			return fmt.Errorf("read a login: %w", err)
		}
		form := url.Values{"email": {who}, "password": {password}}
		page, err = ask(ctx, client, http.MethodPost, args[0]+"/login", form)
	case len(args) == 2 && args[0] == "--provider":
		page, err = throughProvider(ctx, client, args[1])
	default:
		err = errors.New("want the address of an intranet")
	}
	if err != nil {
		return err
	}
	tail, vendor := settings.FindStringSubmatch(page), script.FindStringSubmatch(page)
	for n := 0; tail == nil || vendor == nil; n++ { // what has just started may not have reached Caramelo yet
		if n == 5 {
			return errors.New("the home page has no assistant")
		}
		time.Sleep(time.Second)
		if page, err = ask(ctx, client, http.MethodGet, args[len(args)-1]+"/", nil); err != nil {
			return err
		}
		tail, vendor = settings.FindStringSubmatch(page), script.FindStringSubmatch(page)
	}
	auth := map[string]string{"type": "auth"}
	for i, name := range []string{"token", "project_id"} {
		var value string
		if err := json.Unmarshal([]byte(tail[i+1]), &value); err != nil {
			return fmt.Errorf("the %s of the page: %w", name, err)
		}
		auth[name] = value
	}
	reply, err := chat(ctx, vendor[1]+"/ws", auth, "Hello")
	if err == nil {
		fmt.Fprintf(out, "%s signed in, and was told: %s\n", who, reply)
	}
	return err
}

// Links of the sign-in page to a provider, and of the demo's provider to somebody.
var (
	toProvider = regexp.MustCompile(`href="(/login/oidc/[^"]+)"`)
	toSomebody = regexp.MustCompile(`href="([^"]+[?&;]as=[^"]+)"`)
)

// throughProvider signs in with the demo's provider, and returns the page that it leads to.
func throughProvider(ctx context.Context, client *http.Client, address string) (page string, err error) {
	base, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	next := base.JoinPath("login")
	client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		next = req.URL
		return nil
	}
	if page, err = ask(ctx, client, http.MethodGet, next.String(), nil); err != nil {
		return "", err
	}
	for _, link := range []*regexp.Regexp{toProvider, toSomebody} {
		found := link.FindStringSubmatch(page)
		if found == nil {
			return "", fmt.Errorf("no link to a provider, or to somebody there, at %s", next.Host+next.Path)
		}
		if next, err = next.Parse(html.UnescapeString(found[1])); err != nil {
			return "", err
		}
		if page, err = ask(ctx, client, http.MethodGet, next.String(), nil); err != nil {
			return "", err
		}
	}
	return page, nil
}

// ask sends a request, with a form where it is a POST, and returns the page that it leads to.
func ask(ctx context.Context, client *http.Client, method, address string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the sign-in: %s", res.Status)
	}
	return string(page), err
}

// chat asks the assistant, and returns its answer.
func chat(ctx context.Context, address string, auth map[string]string, question string) (string, error) {
	conn, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.CloseNow() }()
	if err := wsjson.Write(ctx, conn, auth); err != nil {
		return "", err
	}
	asked := false
	for {
		var frame struct {
			Type    string
			Message struct{ From, Text string }
		}
		if err := wsjson.Read(ctx, conn, &frame); err != nil {
			return "", fmt.Errorf("the chat, asked: %t: %w", asked, err)
		}
		switch {
		case !asked:
			asked = true
			question := map[string]string{"type": "message", "ref": rand.Text(), "text": question}
			if err := wsjson.Write(ctx, conn, question); err != nil {
				return "", err
			}
		case frame.Message.From == "assistant":
			return frame.Message.Text, nil
		}
	}
}
