package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/checks"
)

// fields are those of the body, as the guide has them.
var fields = [...]string{"secret_token", "external_customer_id", "name", "email", "lang"}

// ofRequest are the checks of the call, which all that looks at tokens needs.
func ofRequest() []string {
	return []string{"request.reaches", "request.address", "request.type", "request.secret", "request.fields"}
}

// answered are the checks of the call, where one of them is why no token was given.
func (e *examination) answered() []string {
	if len(e.loads) > 0 && e.loads[0].first.token() != "" {
		return []string{"request.reaches"}
	}
	return ofRequest()
}

// every goes through all calls of the pages that were loaded first, until one is not fine.
func (e *examination) every(judge func(call) checks.Check) checks.Check {
	last := checks.OK("")
	for _, l := range e.loads {
		for _, p := range []page{l.first, l.second, l.other} {
			for _, c := range p.calls {
				if last = judge(c); last.Level != checks.Fine {
					return last
				}
			}
		}
	}
	return last
}

// checkRequest looks at what the app sends.
func (e *examination) checkRequest(ctx context.Context) {
	e.check(ctx, "request.reaches", []string{"page.reachable"}, func() checks.Check {
		for _, l := range e.loads {
			if len(l.first.calls)+len(l.second.calls) == 0 && l.first.shown == "" {
				return checks.Fail("%s was loaded twice, and nothing came to %s", l.first.url.Path,
					e.cfg.Listener.Addr()).
					MendBy("point the app's address of Caramelo's API at --listen, and restart it: a token may be " +
						"kept from before; look in its log why the call fails; name a page with the chat, whose " +
						"token the server writes into it")
			}
		}
		return checks.OK("the app calls Caramelo")
	})
	e.check(ctx, "request.address", []string{"request.reaches"}, func() checks.Check {
		path := "/api/chatbox/project/" + e.cfg.ProjectID + "/intranet-auth"
		return e.every(func(c call) checks.Check {
			switch {
			case c.method != "POST":
				return checks.Fail("%s %q", c.method, c.path).MendBy("send a POST")
			case c.path != path:
				return checks.Fail("it went to %q", c.path).
					MendBy("the path is " + path + "; is the project of the app that of --project-id?")
			case c.query != "":
				return checks.Fail("the address has a query").
					MendBy("send everything in the body: addresses get into logs")
			}
			return checks.OK("POST %s", path)
		})
	})
	e.check(ctx, "request.type", []string{"request.reaches"}, func() checks.Check { return e.every(judgeType) })
	e.check(ctx, "request.secret", []string{"request.reaches"}, func() checks.Check { return e.every(e.judgeSecret) })
	e.check(ctx, "request.fields", []string{"request.reaches"}, func() checks.Check {
		warning := checks.OK("")
		c := e.every(func(c call) checks.Check {
			judged := judgeFields(c)
			if judged.Level == checks.Warning {
				warning = judged
				return checks.OK("")
			}
			return judged
		})
		if c.Level == checks.Fine && warning.Level == checks.Warning {
			return warning
		}
		return c
	})
}

func judgeType(c call) checks.Check {
	media, params, err := mime.ParseMediaType(c.contentType)
	charset, given := params["charset"]
	if err != nil || media != "application/json" || given && !strings.EqualFold(charset, "utf-8") {
		return checks.Fail("the content type is %q", c.contentType).MendBy("send Content-Type: application/json")
	}
	return checks.OK("application/json")
}

// judgeSecret looks for the secret where it belongs, and where it does not.
func (e *examination) judgeSecret(c call) checks.Check {
	for name, values := range c.header {
		if strings.Contains(strings.Join(values, "\n"), e.cfg.SecretToken) {
			return checks.Fail("it is in the header %s", name).MendBy("send it in the body alone: proxies log headers")
		}
	}
	if where, _ := url.QueryUnescape(c.path + "?" + c.query); strings.Contains(where, e.cfg.SecretToken) {
		return checks.Fail("it is in the address").MendBy("send it in the body alone: addresses get into logs")
	}
	switch c.field("secret_token") {
	case "":
		return checks.Fail("the body has no secret_token").MendBy("send it in the body, as a string")
	case e.cfg.SecretToken:
		return checks.OK("in the body, and only there")
	}
	return checks.Fail("secret_token is another one than the check's").
		MendBy("give the app and the check the same CARAMELO_SECRET_TOKEN; is there a line's end in it, or a quote?")
}

func judgeFields(c call) checks.Check {
	var sent map[string]any
	if !utf8.Valid(c.body) || json.Unmarshal(bytes.TrimSpace(c.body), &sent) != nil || sent == nil {
		return checks.Fail("the body is not one JSON object in UTF-8").
			MendBy("send one, as your JSON library writes it")
	}
	var missing, wrong []string
	for _, name := range fields {
		value, given := sent[name]
		text, isText := value.(string)
		switch {
		case !given || value == nil || isText && strings.TrimSpace(text) == "":
			missing = append(missing, name)
		case !isText:
			wrong = append(wrong, name)
		}
		delete(sent, name)
	}
	switch {
	case len(wrong) > 0:
		return checks.Fail("no string: %s", strings.Join(wrong, ", ")).
			MendBy("send strings: an id of 7 as \"7\"")
	case len(sent) > 0:
		more := slices.Sorted(maps.Keys(sent))
		return checks.Fail("%d fields more than the five: %s", len(more), quoted(more)).
			MendBy("send " + strings.Join(fields[:], ", ") + ", and nothing else of a person")
	case slices.Equal(missing, []string{"lang"}):
		return checks.Warn("lang is missing, as in the guide's example").
			MendBy("send it (en, pt, es): the guide lists it, and does not say in which language the chat is " +
				"without it")
	case len(missing) > 0:
		return checks.Fail("missing or blank: %s", strings.Join(missing, ", ")).
			MendBy("send all five: the guide does not say which may be left out")
	case c.status == http.StatusBadRequest || c.status == http.StatusRequestEntityTooLarge:
		return checks.Fail("the sandbox refused it: %s", c.problem).MendBy("send what the guide says")
	}
	return checks.OK("the five, as strings, and nothing else")
}

// quoted are names of the app's own, a few of them, safe to print.
func quoted(names []string) string {
	var all []string
	for _, name := range names[:min(len(names), 5)] {
		all = append(all, fmt.Sprintf("%.40q", name))
	}
	return strings.Join(all, ", ")
}

// checkPerson looks at who the app says that somebody is.
func (e *examination) checkPerson(ctx context.Context) {
	e.check(ctx, "person.stable", []string{"request.reaches", "request.fields"}, func() checks.Check {
		ids := map[string]bool{}
		for _, l := range e.loads {
			for _, p := range []page{l.first, l.second} {
				for _, c := range p.calls {
					ids[c.field("external_customer_id")] = true
				}
			}
		}
		if len(ids) > 1 {
			return checks.Fail("one person has %d ids in %d pages", len(ids), 2*len(e.loads)).
				MendBy("send the person's id in your database: not the session's, nor one made for the page; " +
					"with another id the conversation is gone")
		}
		return checks.OK("the same external_customer_id with each call")
	})
	e.check(ctx, "person.no_email", []string{"request.reaches", "request.fields"}, func() checks.Check {
		return e.every(func(c call) checks.Check {
			id := c.field("external_customer_id")
			if strings.Contains(id, "@") || id != "" && strings.EqualFold(id, c.field("email")) {
				return checks.Fail("external_customer_id is an e-mail").
					MendBy("send an id that never changes and never goes to anybody else: whoever gets a used " +
						"address would get its conversation, too")
			}
			return checks.OK("external_customer_id is no e-mail")
		})
	})
	needs := []string{"request.reaches", "request.fields", "page.reachable_other"}
	e.check(ctx, "person.other", needs, func() checks.Check {
		for _, l := range e.loads {
			one, other := l.first.customer(), l.other.customer()
			switch {
			case other == "":
				return checks.Fail("%s: for the other person no call came", l.other.url.Path).
					MendBy("make the call for everybody who gets the page")
			case one == other && len(l.other.calls) == 0:
				return checks.Fail("%s: the other person gets a token of the first", l.other.url.Path).
					MendBy("keep no token: whoever gets it has the conversation of the person it was made for")
			case one == other:
				return checks.Fail("%s: both people have the same external_customer_id", l.other.url.Path).
					MendBy("take the id from the session of each request; are CHECK_COOKIE and CHECK_COOKIE_OTHER " +
						"two people's?")
			}
		}
		return checks.OK("the other person has another external_customer_id")
	})
}
