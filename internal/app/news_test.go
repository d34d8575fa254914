package app

import "net/http"

func malformedNews(g garbler) malformed {
	body := pick(g, "", "title="+g.escaped(g.noise("", 30)), "lang=en&title=T&summary=S&publish="+g.escaped(g.noise("", 12)), "lang=en&title=T&summary=S&publish=at&day=2030-13-01", "lang=en&title=T&summary=S&publish=at&day=2030-01-01&time=24:00",
		"lang=en&title=T&summary=S&publish=now&department=x"+g.escaped(g.noise("", 12)), "lang=en&title=T&summary=%00&publish=now", "lang=x"+g.escaped(g.noise("", 5))+"&title=T&summary=S&publish=draft")
	return malformed{raw: form("/news", body, g.session()), want: http.StatusUnprocessableEntity}
}
