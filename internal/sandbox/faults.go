package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The groups of faults. Of the first three one fault at a time can be set.
const (
	Answers = "answer" // of intranet-auth
	SDK     = "sdk"    // the script
	Sockets = "socket"
	Latency = "latency" // of intranet-auth
	Tokens  = "tokens"
	Fields  = "fields" // of the body of intranet-auth
)

// Fault is one thing that can go wrong at Caramelo, or be otherwise than one
// thinks.
type Fault struct {
	Slug  string `json:"slug"`
	Group string `json:"group"`
	Name  string `json:"name"`
	Good  string `json:"good"` // what a good intranet does then
	Page  string `json:"page"` // the path of one of the intranet's that shows it
}

// Catalogue is every fault there is. Panel, flags, API and tests follow it.
var Catalogue = []Fault{
	{"status-400", Answers, "400 Bad Request", "Shows the whole page with a notice where the chat would be, and logs that this call was rejected: nobody else loses the chat.", "/"},
	{"status-401", Answers, "401 Unauthorized", "Shows the notice, and tells whoever runs it, not the reader, that the secret is wrong or revoked.", "/"},
	{"status-403", Answers, "403 Forbidden", "Shows the notice, and tells whoever runs it that the secret has no right to this project.", "/"},
	{"status-404", Answers, "404 Not Found", "Shows the notice, and tells whoever runs it that there is no such project.", "/"},
	{"status-422", Answers, "422 Unprocessable Content", "Shows the notice, and does not send the same body again.", "/account"},
	{"status-429", Answers, "429 Too Many Requests", "Shows the notice, and does not call again before the time in Retry-After is over.", "/people"},
	{"status-500", Answers, "500 Internal Server Error", "Shows the notice, and after a few of these in a row stops calling for a while.", "/"},
	{"status-502", Answers, "502 Bad Gateway", "Shows the notice, and comes back by itself once the service does.", "/"},
	{"status-503", Answers, "503 Service Unavailable", "Shows the notice, and honours Retry-After within reason.", "/"},
	{"hang-before", Answers, "Hang before the headers", "Shows the page at once, and the notice when its budget for the call is spent.", "/people"},
	{"hang-within", Answers, "Hang within the headers", "Counts the headers into the same budget: no separate wait for each part.", "/people"},
	{"hang-after", Answers, "Hang after the headers", "Counts the body into the same budget: a 200 alone is no answer.", "/people"},
	{"reset", Answers, "Connection reset", "Tries once more on a new connection, then shows the notice.", "/people"},
	{"malformed", Answers, "Malformed JSON", "Shows the notice, and puts no part of the answer into a page or a log.", "/people"},
	{"truncated", Answers, "Truncated body", "Shows the notice: half an answer is none, even where the token is in it.", "/people"},
	{"empty", Answers, "Empty body", "Shows the notice, for want of a token.", "/people"},
	{"error-200", Answers, "200 with an error", "Asks for the token, not for the status alone, and shows the notice.", "/account"},
	{"blank-token", Answers, "200 with an empty token", "Shows the notice: an empty token opens no chat.", "/account"},
	{"html", Answers, "HTML, as from a proxy", "Shows the notice, and none of that HTML.", "/account"},
	{"huge", Answers, "Huge body", "Stops reading at a bound of its own, and shows the notice.", "/account"},
	{"drip", Answers, "Slow drip", "Ends the call when its budget is spent, however often a byte still comes.", "/account"},
	{"redirect", Answers, "Redirect to elsewhere", "Does not follow it: the secret would go along.", "/assistant"},
	{"latency", Latency, "Wait before the answer", "Sends the page before the answer is there: only its last lines wait.", "/"},
	{"jitter", Latency, "Jitter on top, up to", "Is as quick to read in the worst case as in the best.", "/"},
	{"token-lifetime", Tokens, "Token lifetime", "Gets a new token for every page, and offers to reload one that has outlived its own.", "/assistant"},
	{"reusable-tokens", Tokens, "A token opens more than one session", "Does not count on it: every page gets a token of its own.", "/assistant"},
	{"one-tab", Tokens, "A second tab ends the chat in the first", "Leaves both pages whole; in the first the chat says that it goes on in the other.", "/assistant"},
	{"sdk-404", SDK, "404 Not Found", "Shows the whole page with the notice, and offers no button that would open nothing.", "/assistant"},
	{"sdk-slow", SDK, "Slow: after 15 seconds", "Lets people read, search and move on meanwhile, and shows the notice if it takes too long.", "/assistant"},
	{"sdk-broken", SDK, "Broken: it throws", "Keeps its own scripts apart, so that the page works on, and shows the notice.", "/assistant"},
	{"socket-refused", Sockets, "Refused", "Shows the whole page; the chat says that it has no connection, and tries again.", "/assistant"},
	{"socket-drops", Sockets, "Dropped again and again", "Leaves it to the chat to come back, with nothing said twice and nothing lost.", "/assistant"},
	{"lenient", Fields, "Only secret_token and external_customer_id are required, unknown fields are ignored", "Sends all five fields nevertheless: the guide does not say which ones may be left out.", "/assistant"},
}

// Faults are what is set. The zero value is a Caramelo that works as documented.
type Faults struct {
	Answer         Slug     `json:"answer"`
	RetryAfter     Duration `json:"retry_after"` // with a status; 0 is no header
	Latency        Duration `json:"latency"`
	Jitter         Duration `json:"jitter"`         // at most so much more, by chance
	TokenLifetime  Duration `json:"token_lifetime"` // 0 means 5 minutes
	ReusableTokens bool     `json:"reusable_tokens"`
	OneTab         bool     `json:"one_tab"`
	SDK            Slug     `json:"sdk"`
	Socket         Slug     `json:"socket"`
	DropEvery      Duration `json:"drop_every"` // with socket-drops; 0 means 5 s
	Lenient        bool     `json:"lenient"`
}

const (
	usualLifetime = Duration(5 * time.Minute)
	usualDrop     = Duration(5 * time.Second)
)

// Set switches a fault on, unless it is on: then what is set stays as it is.
func (f Fault) Set(to *Faults) {
	switch f.Group {
	case Answers:
		to.Answer = Slug(f.Slug)
	case SDK:
		to.SDK = Slug(f.Slug)
	case Sockets:
		to.Socket = Slug(f.Slug)
	}
	switch f.Slug {
	case "latency":
		to.Latency = cmp.Or(to.Latency, Duration(2*time.Second))
	case "jitter":
		to.Jitter = cmp.Or(to.Jitter, Duration(2*time.Second))
	case "token-lifetime":
		if to.TokenLifetime == 0 || to.TokenLifetime >= usualLifetime {
			to.TokenLifetime = Duration(time.Second)
		}
	case "reusable-tokens":
		to.ReusableTokens = true
	case "one-tab":
		to.OneTab = true
	case "lenient":
		to.Lenient = true
	}
}

// On reports whether the fault is set.
func (f Fault) On(in Faults) bool {
	with := in
	f.Set(&with)
	return with == in
}

// FaultOf finds a fault by its slug.
func FaultOf(slug string) (Fault, error) {
	for _, f := range Catalogue {
		if f.Slug == slug {
			return f, nil
		}
	}
	return Fault{}, fmt.Errorf("there is no fault %q: the faults are %s", slug, strings.Join(slugs(""), ", "))
}

// slugs are those of a group, or of all ("").
func slugs(group string) (all []string) {
	for _, f := range Catalogue {
		if group == "" || f.Group == group {
			all = append(all, f.Slug)
		}
	}
	return all
}

// Slug is that of a fault, or "" for none, which texts call "none".
type Slug string

// MarshalText implements [encoding.TextMarshaler].
func (s Slug) MarshalText() ([]byte, error) { return []byte(cmp.Or(s, "none")), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Slug) UnmarshalText(text []byte) error {
	*s = Slug(text)
	if *s == "none" {
		*s = ""
	}
	return nil
}

// Duration is one that texts write as "300ms", "2s" or "5m".
type Duration time.Duration

// String leaves out the zeros that time.Duration ends in: 5m, not 5m0s.
func (d Duration) String() string {
	text := strings.TrimSuffix(time.Duration(d).String(), "m0s")
	if text != time.Duration(d).String() {
		text += "m"
	}
	if hours, whole := strings.CutSuffix(text, "h0m"); whole {
		text = hours + "h"
	}
	return text
}

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// field is one of the fields of Faults, with what it may hold.
type field struct {
	Name        string
	of          func(*Faults) any
	group       string        // of a Slug
	least, most time.Duration // of a Duration
}

var fields = []field{
	{Name: "answer", of: func(f *Faults) any { return &f.Answer }, group: Answers},
	{Name: "retry_after", of: func(f *Faults) any { return &f.RetryAfter }, most: time.Hour},
	{Name: "latency", of: func(f *Faults) any { return &f.Latency }, most: 30 * time.Second},
	{Name: "jitter", of: func(f *Faults) any { return &f.Jitter }, most: 30 * time.Second},
	{Name: "token_lifetime", of: func(f *Faults) any { return &f.TokenLifetime }, least: time.Second, most: 24 * time.Hour},
	{Name: "reusable_tokens", of: func(f *Faults) any { return &f.ReusableTokens }},
	{Name: "one_tab", of: func(f *Faults) any { return &f.OneTab }},
	{Name: "sdk", of: func(f *Faults) any { return &f.SDK }, group: SDK},
	{Name: "socket", of: func(f *Faults) any { return &f.Socket }, group: Sockets},
	{Name: "drop_every", of: func(f *Faults) any { return &f.DropEvery }, least: time.Second, most: time.Hour},
	{Name: "lenient", of: func(f *Faults) any { return &f.Lenient }},
}

// Allowed says what the field may hold.
func (x field) Allowed() string {
	switch {
	case x.group != "":
		return "one of none, " + strings.Join(slugs(x.group), ", ")
	case x.most > 0:
		return fmt.Sprintf(`a duration such as "300ms", "2s" or "5m", from %v to %v`, Duration(x.least), Duration(x.most))
	}
	return "true or false"
}

// fieldError names a field and what it may hold, never what it held.
type fieldError struct{ field }

func (e fieldError) Error() string { return fmt.Sprintf("%q must be %s", e.Name, e.Allowed()) }

// checked fills in what 0 stands for and returns an error for each field that
// is out of bounds.
func (f Faults) checked() (Faults, error) {
	f.TokenLifetime, f.DropEvery = cmp.Or(f.TokenLifetime, usualLifetime), cmp.Or(f.DropEvery, usualDrop)
	var errs []error
	for _, x := range fields {
		wrong := false
		switch v := x.of(&f).(type) {
		case *Slug:
			wrong = *v != "" && !slices.Contains(slugs(x.group), string(*v))
		case *Duration:
			wrong = time.Duration(*v) < x.least || time.Duration(*v) > x.most
		}
		if wrong {
			errs = append(errs, fieldError{x})
		}
	}
	return f, errors.Join(errs...)
}

// with returns f with what a JSON object says of it.
func (f Faults) with(object []byte) (Faults, error) {
	var sent map[string]json.RawMessage
	if json.Unmarshal(object, &sent) != nil || sent == nil {
		return f, errors.New("the body must be one JSON object")
	}
	var names []string
	for _, x := range fields {
		names = append(names, x.Name)
		value, given := sent[x.Name]
		if !given {
			continue
		}
		if bytes.Equal(value, []byte("null")) || json.Unmarshal(value, x.of(&f)) != nil {
			return f, fieldError{x}
		}
		delete(sent, x.Name)
	}
	if len(sent) > 0 {
		return f, fmt.Errorf("there is an unknown field: the fields are %s", strings.Join(names, ", "))
	}
	return f.checked()
}
