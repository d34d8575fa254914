package app

import "net/http"

func malformedEvent(g garbler) malformed {
	body := pick(g, "", "title="+g.escaped(g.noise("", 30)), "lang=en&title=T&starts_day="+g.escaped(g.noise("", 12)), "lang=en&title=T&all_day=1&starts_day=2030-13-01", "lang=en&title=T&starts_day=2030-01-01&starts_time=09:00&ends_time=08:00")
	return malformed{raw: form("/events", body, g.session()), want: http.StatusUnprocessableEntity}
}
