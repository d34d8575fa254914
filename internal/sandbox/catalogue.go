package sandbox

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// The groups of faults. In each of the groups Answers, SDK, Manners and Sockets only one
// fault can be set at a time.
const (
	Answers = "answer" // of intranet-auth
	SDK     = "sdk"    // the script
	Manners = "manner" // in which the script is built
	Sockets = "socket"
	Latency = "latency" // of intranet-auth
	Tokens  = "tokens"
	Fields  = "fields" // of the body of intranet-auth
)

// Fault is one thing that can go wrong at Caramelo, or that an integrator may not
// expect.
type Fault struct {
	Slug  string `json:"slug"`
	Group string `json:"group"`
	Name  string `json:"name"`
	Good  string `json:"good"` // what a good intranet does then
	// Needs are the directives of a Content-Security-Policy that have to allow what a manner
	// loads, beside script-src and connect-src, which every script needs.
	Needs string `json:"needs,omitempty"`
	Page  string `json:"page"` // path of a page of the intranet that shows it
}

// Catalogue holds every fault. The panel, the flags of cmd/sandbox, the API and the
// tests are made from it.
var Catalogue = []Fault{
	{
		Slug:  "status-400",
		Group: Answers,
		Name:  "400 Bad Request",
		Good: "Shows the whole page with a notice where the chat would be, and logs that this call was " +
			"rejected: nobody else loses the chat.",
		Page: "/",
	},
	{
		Slug:  "status-401",
		Group: Answers,
		Name:  "401 Unauthorized",
		Good:  "Shows the notice, and tells whoever runs it, not the reader, that the secret is wrong or revoked.",
		Page:  "/",
	},
	{
		Slug:  "status-403",
		Group: Answers,
		Name:  "403 Forbidden",
		Good:  "Shows the notice, and tells whoever runs it that the secret has no right to this project.",
		Page:  "/",
	},
	{
		Slug:  "status-404",
		Group: Answers,
		Name:  "404 Not Found",
		Good:  "Shows the notice, and tells whoever runs it that there is no such project.",
		Page:  "/",
	},
	{
		Slug:  "status-422",
		Group: Answers,
		Name:  "422 Unprocessable Content",
		Good:  "Shows the notice, and does not send the same body again.",
		Page:  "/account",
	},
	{
		Slug:  "status-429",
		Group: Answers,
		Name:  "429 Too Many Requests",
		Good:  "Shows the notice, and does not call again before the time in Retry-After is over.",
		Page:  "/people",
	},
	{
		Slug:  "status-500",
		Group: Answers,
		Name:  "500 Internal Server Error",
		Good:  "Shows the notice, and after a few of these in a row stops calling for a while.",
		Page:  "/",
	},
	{
		Slug:  "status-502",
		Group: Answers,
		Name:  "502 Bad Gateway",
		Good:  "Shows the notice, and comes back by itself once the service does.",
		Page:  "/",
	},
	{
		Slug:  "status-503",
		Group: Answers,
		Name:  "503 Service Unavailable",
		Good:  "Shows the notice, and honours Retry-After within reason.",
		Page:  "/",
	},
	{
		Slug:  "hang-before",
		Group: Answers,
		Name:  "Hang before the headers",
		Good:  "Shows the page at once, and the notice when its budget for the call is spent.",
		Page:  "/people",
	},
	{
		Slug:  "hang-within",
		Group: Answers,
		Name:  "Hang within the headers",
		Good:  "Counts the headers into the same budget: no separate wait for each part.",
		Page:  "/people",
	},
	{
		Slug:  "hang-after",
		Group: Answers,
		Name:  "Hang after the headers",
		Good:  "Counts the body into the same budget: a 200 alone is no answer.",
		Page:  "/people",
	},
	{
		Slug:  "reset",
		Group: Answers,
		Name:  "Connection reset",
		Good:  "Tries once more on a new connection, then shows the notice.",
		Page:  "/people",
	},
	{
		Slug:  "malformed",
		Group: Answers,
		Name:  "Malformed JSON",
		Good:  "Shows the notice, and puts no part of the answer into a page or a log.",
		Page:  "/people",
	},
	{
		Slug:  "truncated",
		Group: Answers,
		Name:  "Truncated body",
		Good:  "Shows the notice: half an answer is none, even where the token is in it.",
		Page:  "/people",
	},
	{
		Slug:  "empty",
		Group: Answers,
		Name:  "Empty body",
		Good:  "Shows the notice, for want of a token.",
		Page:  "/people",
	},
	{
		Slug:  "error-200",
		Group: Answers,
		Name:  "200 with an error",
		Good:  "Asks for the token, not for the status alone, and shows the notice.",
		Page:  "/account",
	},
	{
		Slug:  "blank-token",
		Group: Answers,
		Name:  "200 with an empty token",
		Good:  "Shows the notice: an empty token opens no chat.",
		Page:  "/account",
	},
	{
		Slug:  "html",
		Group: Answers,
		Name:  "HTML, as from a proxy",
		Good:  "Shows the notice, and none of that HTML.",
		Page:  "/account",
	},
	{
		Slug:  "huge",
		Group: Answers,
		Name:  "Huge body",
		Good:  "Stops reading at a bound of its own, and shows the notice.",
		Page:  "/account",
	},
	{
		Slug:  "drip",
		Group: Answers,
		Name:  "Slow drip",
		Good:  "Ends the call when its budget is spent, however often a byte still comes.",
		Page:  "/account",
	},
	{
		Slug:  "redirect",
		Group: Answers,
		Name:  "Redirect to elsewhere",
		Good:  "Does not follow it: the secret would go along.",
		Page:  "/assistant",
	},
	{
		Slug:  "latency",
		Group: Latency,
		Name:  "Wait before the answer",
		Good:  "Sends the page before the answer is there: only its last lines wait.",
		Page:  "/",
	},
	{
		Slug:  "jitter",
		Group: Latency,
		Name:  "Jitter on top, up to",
		Good:  "Is as quick to read in the worst case as in the best.",
		Page:  "/",
	},
	{
		Slug:  "token-lifetime",
		Group: Tokens,
		Name:  "Token lifetime",
		Good:  "Gets a new token for every page, and offers to reload one that has outlived its own.",
		Page:  "/assistant",
	},
	{
		Slug:  "reusable-tokens",
		Group: Tokens,
		Name:  "A token opens more than one session",
		Good:  "Does not count on it: every page gets a token of its own.",
		Page:  "/assistant",
	},
	{
		Slug:  "one-tab",
		Group: Tokens,
		Name:  "A second tab ends the chat in the first",
		Good:  "Leaves both pages whole; in the first the chat says that it goes on in the other.",
		Page:  "/assistant",
	},
	{
		Slug:  "sdk-404",
		Group: SDK,
		Name:  "404 Not Found",
		Good:  "Shows the whole page with the notice, and offers no button that would open nothing.",
		Page:  "/assistant",
	},
	{
		Slug:  "sdk-slow",
		Group: SDK,
		Name:  "Slow: after 15 seconds",
		Good:  "Lets people read, search and move on meanwhile, and shows the notice if it takes too long.",
		Page:  "/assistant",
	},
	{
		Slug:  "sdk-broken",
		Group: SDK,
		Name:  "Broken: it throws",
		Good:  "Keeps its own scripts apart, so that the page works on, and shows the notice.",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-style-element",
		Group: Manners,
		Name:  "With a style element",
		Good:  "Allows it in the policy of pages with the chat, and looks the same.",
		Needs: "style-src",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-style-attribute",
		Group: Manners,
		Name:  "With style attributes",
		Good:  "Allows them in the policy of pages with the chat, and looks the same.",
		Needs: "style-src",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-style-sheet",
		Group: Manners,
		Name:  "With a style sheet, a picture, a font and a sound",
		Good:  "Allows the vendor's origin for all four, or says which setting does.",
		Needs: "style-src img-src font-src media-src",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-frame",
		Group: Manners,
		Name:  "Everything inside a frame",
		Good:  "Allows frames of the vendor's origin, and shows itself in nobody's.",
		Needs: "frame-src",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-worker",
		Group: Manners,
		Name:  "With a worker from a blob",
		Good:  "Allows workers from blobs, and no inline script beside them.",
		Needs: "worker-src",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-chunks",
		Group: Manners,
		Name:  "With parts that come late",
		Good:  "Allows scripts of the vendor's origin beside those with the nonce.",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-local-storage",
		Group: Manners,
		Name:  "With what is typed in localStorage",
		Good:  "Clears the browser's storage at sign-out, so that the next person finds nothing.",
		Page:  "/assistant",
	},
	{
		Slug:  "manner-silent",
		Group: Manners,
		Name:  "Without a word of its state",
		Good:  "Takes a script that has loaded for one that works, and offers the chat all the same.",
		Page:  "/assistant",
	},
	{
		Slug:  "socket-refused",
		Group: Sockets,
		Name:  "Refused",
		Good:  "Shows the whole page; the chat says that it has no connection, and tries again.",
		Page:  "/assistant",
	},
	{
		Slug:  "socket-drops",
		Group: Sockets,
		Name:  "Dropped again and again",
		Good:  "Leaves it to the chat to come back, with nothing said twice and nothing lost.",
		Page:  "/assistant",
	},
	{
		Slug:  "lenient",
		Group: Fields,
		Name:  "Only secret_token and external_customer_id are required, unknown fields are ignored",
		Good:  "Sends all five fields nevertheless: the guide does not say which ones may be left out.",
		Page:  "/assistant",
	},
}

// Set switches a fault on. If it is on already, nothing changes.
func (f Fault) Set(to *Faults) {
	switch f.Group {
	case Answers:
		to.Answer = Slug(f.Slug)
	case SDK:
		to.SDK = Slug(f.Slug)
	case Manners:
		to.Manner = Slug(f.Slug)
	case Sockets:
		to.Socket = Slug(f.Slug)
	}
	switch f.Slug {
	case "latency":
		to.Latency = cmp.Or(to.Latency, Duration(2*time.Second))
	case "jitter":
		to.Jitter = cmp.Or(to.Jitter, Duration(2*time.Second))
	case "token-lifetime":
		if to.TokenLifetime == 0 || to.TokenLifetime >= defaultTokenLifetime {
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

// slugs returns the slugs of a group, or of all groups if it is "".
func slugs(group string) (all []string) {
	for _, f := range Catalogue {
		if group == "" || f.Group == group {
			all = append(all, f.Slug)
		}
	}
	return all
}
