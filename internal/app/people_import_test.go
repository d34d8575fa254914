package app

import (
	"fmt"
	"net/http"
)

func malformedImport(g garbler) malformed {
	file := pick(
		g, "", g.noise("", 300), "name,email\n", "name,email\n"+g.noise("", 200), "name,e-mail\nA,a@x.example",
		"name,email,manager\nA,a@x.example,a@x.example", "name,email\n\"A,a@x.example", "\x89PNG\r\n",
	)
	if g.IntN(2) == 0 {
		return malformed{
			raw:  form("/admin/people/import", "csv="+g.escaped(file), g.session()),
			want: http.StatusUnprocessableEntity,
		}
	}
	part := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + pick(
		g, "people.csv", "../../x", "\xff",
	) + "\"\r\n\r\n" + file
	body := part + pick(g, "", "\r\n--", "\r\n--y--\r\n") // which does not end
	return malformed{
		raw: request(
			"POST /admin/people/import HTTP/1.1",
			[]string{
				g.session(), "Content-Type: multipart/form-data; boundary=x",
				fmt.Sprintf("Content-Length: %d", len(body)),
			},
			body,
		),
		want: http.StatusBadRequest,
	}
}

func malformedProfile(g garbler) malformed {
	body := pick(
		g, "phone=%00"+g.escaped(g.noise("", 30)),
		"phone="+g.noise(letters, 9)+"0123456789012345678901234567890123456789012",
		"skills="+g.escaped(g.noise("", 20))+"%01",
	)
	return malformed{raw: form("/account/profile", body, g.session()), want: http.StatusUnprocessableEntity}
}
