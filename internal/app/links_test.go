package app

import "net/http"

func malformedLink(g garbler) malformed {
	body := pick(g, "", "label_en=X&url=x"+g.escaped(g.noise("", 30)), "label_en=X&url=//x", "url=/x&label_en=%00"+g.escaped(g.noise("", 200)), "url=/x&label_en=X&label_pt=a%0ab")
	return malformed{raw: form("/links", body, g.session()), want: http.StatusUnprocessableEntity}
}
