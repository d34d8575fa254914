package imports

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

// A value is what it means, however it was written.
func TestValuesAreReadAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"Editor,PT": "editor pt", "EDIÇÃO,pt-BR": "editor pt", "Funcionário,Português": "employee pt",
		"Employee,es_MX": "employee es", "edición,Español": "editor es", "Leitura,English": "employee en",
		",": " ", "employee,Inglês": "employee en", ",English (US)": " en", ",Português (Brasil)": " pt",
		",pt_PT": " pt", "Lectura,castellano": "employee es", "Funcionário(a),por": "employee pt",
		"Empleado/a,spa": "employee es", "Usuário (a),ENG": "employee en", "Editor(a),en_US.UTF-8": "editor en",
		"Colaborador/a,pt (BR)": "employee pt", ",es-419": " es", ",en-Latn-GB": " en",
	} {
		i := parse("name,email,role,lang\nA,a@x.example," + typed)
		p := i.Lines[0].Person
		if got := string(p.Role) + " " + p.Lang; len(i.Problems) > 0 || got != want {
			t.Errorf("%s: %s, %+v", typed, got, i.Problems)
		}
	}
	for _, typed := range []string{
		"Administrator,", "admin,", "Administrador(a),", "king,", ",de", ",deu", ",und-BR", ",por definir", ",x",
		",en construcción", ",BR", ",Alemão",
	} {
		if i := parse("name,email,role,lang\nA,a@x.example," + typed); len(i.Problems) != 1 {
			t.Errorf("%s: %+v", typed, i.Problems)
		}
	}
}

// A time zone is known by its name however that is written, and by that of Windows.
func TestTimeZonesAreReadAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	s, _ := staff(t)
	known := map[string]string{
		"utc": "UTC", "Gmt": "GMT", "america/sao_paulo": "America/Sao_Paulo", "America/Sao Paulo": "America/Sao_Paulo",
		"EUROPE/MADRID": "Europe/Madrid", "America/port_of_spain": "America/Port_of_Spain",
		"America/Port au Prince": "America/Port-au-Prince", "europe/kyiv": "Europe/Kyiv", "etc/utc": "Etc/UTC",
		"us/eastern": "US/Eastern", "America/Bogotá": "America/Bogota", "america/são paulo": "America/Sao_Paulo",
		"America/Asunción": "America/Asuncion", "etc/gmt-3": "Etc/GMT-3", "Etc/gmt+3": "Etc/GMT+3",
		"America/Sao Paulo (UTC−03:00)":  "America/Sao_Paulo",
		"America/Argentina/Buenos Aires": "America/Argentina/Buenos_Aires",

		"E. South America Standard Time": "America/Sao_Paulo", "central standard time (mexico)": "America/Mexico_City",
		"Central Standard Time": "America/Chicago", "": "UTC",
		"Mars/One": "", "Local": "", "localtime": "", "posixrules": "", "Factory": "", "Etc/Unknown": "", "GMT-3": "",
		"Etc/GMT 3":           "",
		"posix/Europe/Madrid": "", "right/Europe/Madrid": "", "POSIX/europe/madrid": "", "São Paulo": "", "Horário": "",
	}
	for windows, want := range windowsZones {
		known[windows] = want
	}
	file, typed := "name,email,time_zone\n", slices.Sorted(maps.Keys(known))
	for n, zone := range typed {
		file += fmt.Sprintf("A,a%d@company.example,%s\n", n, zone)
	}
	i, err := s.importFile(t.Context(), store.CommandLine, parse(file), func(Import) bool { return false })
	if err != nil || len(i.Lines) != len(typed) {
		t.Fatalf("%+v, %v", i.Problems, err)
	}
	refused := map[string]bool{}
	for _, p := range i.Problems {
		refused[p.Value] = p.Kind == "zone"
	}
	for n, zone := range typed {
		if got := i.Lines[n].Person.TimeZone; refused[zone] != (known[zone] == "") ||
			!refused[zone] && got != known[zone] {
			t.Errorf("%s: %s", zone, got)
		}
	}
}
