// Command visit signs in to a running intranet whose Caramelo is the sandbox, and chats: what a
// deployment must be able to do.
//
//	intranet seed | go run ./internal/webtest/visit http://localhost:8080
//
// It takes the first login that it reads: e-mail, password and role.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
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
	var email, password string
	if len(args) != 1 {
		return errors.New("want the address of an intranet")
	}
	if _, err := fmt.Fscan(logins, &email, &password); err != nil {
		return fmt.Errorf("read a login: %w", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	form := url.Values{"email": {email}, "password": {password}}
	page, err := ask(ctx, &http.Client{Jar: jar}, args[0]+"/login", form)
	if err != nil {
		return err
	}
	tail, vendor := settings.FindStringSubmatch(page), script.FindStringSubmatch(page)
	if tail == nil || vendor == nil {
		return errors.New("the home page has no assistant")
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
		fmt.Fprintf(out, "%s signed in, and was told: %s\n", email, reply)
	}
	return err
}

// ask posts a form, and returns the page that it leads to.
func ask(ctx context.Context, client *http.Client, address string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
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
