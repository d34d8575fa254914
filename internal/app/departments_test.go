package app

import "net/http"

func malformedDepartment(g garbler) malformed {
	body := pick(
		g, "", "name_pt=x", "name_en=%00"+g.escaped(g.noise("", 30)),
		"name_en="+g.noise(letters, 50)+g.noise(letters, 50)+"&name_es=a%0a"+g.noise(letters, 20),
	)
	return malformed{raw: form("/admin/departments", body, g.session()), want: http.StatusUnprocessableEntity}
}
