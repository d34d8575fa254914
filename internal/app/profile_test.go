package app

import (
	"net/http"
)

func malformedProfile(g garbler) malformed {
	body := pick(
		g, "phone=%00"+g.escaped(g.noise("", 30)),
		"phone="+g.noise(letters, 9)+"0123456789012345678901234567890123456789012",
		"skills="+g.escaped(g.noise("", 20))+"%01",
	)
	return malformed{raw: form("/account/profile", body, g.session()), want: http.StatusUnprocessableEntity}
}
