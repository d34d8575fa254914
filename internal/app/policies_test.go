package app

import "net/http"

func malformedPolicy(g garbler) malformed {
	body := pick(g, "", "title="+g.escaped(g.noise("", 30)), "lang=en&title=T&summary=s&category=none&owner=p0@x.example&review_on=2030-01-01", "lang=en&title=T&summary=s&owner=p0@x.example&review_on="+g.escaped(g.noise("", 12)), "lang="+g.escaped(g.noise("", 5))+"&title=T&summary=s&review_on=9999-99-99")
	return malformed{raw: form("/policies", body, g.session()), want: http.StatusUnprocessableEntity}
}
