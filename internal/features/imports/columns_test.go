package imports

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/store"
)

// A column is known by its names in three languages, and by those that lists of people from
// elsewhere have.
func TestColumnsHaveManyNames(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"nome,e-mail,área,cargo,telefone\nAna,a@x.example,Vendas,Chefe,12":          "Ana|a@x.example|Vendas|Chefe|12",
		"Nombre*;Correo electrónico;Puesto\nAna;a@x.example;Jefa":                   "Ana|a@x.example||Jefa|",
		"NOME COMPLETO,Email,Departamento,Função,Ramal\nAna,a@x.example,TI,,9":      "Ana|a@x.example|TI||9",
		"name (required),E-Mail,Job Title\nAna,a@x.example,Boss":                    "Ana|a@x.example||Boss|",
		"nome,sobrenome,email\nAna,Souza,a@x.example":                               "Ana Souza|a@x.example|||",
		"name,surname,email\nAna Souza,Souza,a@x.example":                           "Ana Souza|a@x.example|||",
		"Nombre [obligatorio],Apellidos [obligatorio],Correo\nAna,Díaz,a@x.example": "Ana Díaz|a@x.example|||",
		"First Name [Required],Last Name [Required],Email Address [Required],Password [Required]," +
			"Org Unit Path [Required],Manager Email,Department,Employee Title,Work Phone,Mobile Phone\n" +
			"Ana,Teste,a@x.example,****,/,,Sales,Boss,,13": "Ana Teste|a@x.example|Sales|Boss|13",
		"userPrincipalName,displayName,surname,mail,givenName,jobTitle,department,accountEnabled,usageLocation," +
			"streetAddress,state,country,officeLocation,city,postalCode,telephoneNumber,mobilePhone\n" +
			"ana@y.example,Ana Teste,Teste,a@x.example,Ana,Analyst,Sales,True,BR,,,,,,,+55 11 5555-0100,+55 9": "" +
			"Ana Teste|a@x.example|Sales|Analyst|+55 11 5555-0100",
		"version:v1.0\nName [displayName] Required,User name [userPrincipalName] Required," +
			"Initial password [passwordProfile] Required,Block sign in (Yes/No) [accountEnabled] Required," +
			"Job title [jobTitle]\n" +
			"Ana,a@x.example,x,No,Boss": "Ana|a@x.example||Boss|",
		"Nome para exibição,Nome UPN,Endereço de email,Cargo,Telefone do escritório\nAna,x,a@x.example,Chefe,1": "" +
			"Ana|a@x.example||Chefe|1",
		"Funcionário(a),E-mail corporativo,Setor,Telefone fixo\nAna,a@x.example,TI,1": "Ana|a@x.example|TI||1",
		"Colaborador,E-mail,Celular\nAna,a@x.example,1":                               "Ana|a@x.example|||1",
		"Empleado/a;Correo laboral;Puesto\nAna;a@x.example;Jefa":                      "Ana|a@x.example||Jefa|",
		"Employee,Work email,Position\nAna,a@x.example,Boss":                          "Ana|a@x.example||Boss|",
		"Nombre completo,Correo,Teléfono de la oficina\nAna,a@x.example,1":            "Ana|a@x.example|||1",
		"Nome,Nome social,Sobrenome,E-mail\nJoão,Ana,Souza,a@x.example":               "Ana Souza|a@x.example|||",
		"Nome completo,Nome social,E-mail\nAna Souza,,a@x.example":                    "Ana Souza|a@x.example|||",
		"First Name,Middle Name,Last Name,Organization Title,Organization Department,Birthday,Notes,Labels," +
			"E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n" +
			"Ana,,Teste,Boss,Sales,1990-01-01,x,* myContacts,Work,a@x.example,Work,1": "" +
			"Ana Teste|a@x.example|Sales|Boss|1",
		"Block credential,Display name,First name,Last name,Office,Phone number,Title,User principal name\n" +
			"False,Ana Teste,Ana,Teste,SP,1,Boss,a@x.example": "Ana Teste|a@x.example||Boss|1",
	} {
		i := parse(file)
		if len(i.Problems) > 0 || len(i.Lines) != 1 {
			t.Errorf("%.60q: %+v", file, i.Problems)
			continue
		}
		p := i.Lines[0].Person
		if got := strings.Join([]string{p.Name, p.Email, p.Department, p.Title, p.Phone}, "|"); got != want {
			t.Errorf("%.60q: %s, want %s", file, got, want)
		}
	}
	// What pages call a field is a name of its column, in every language.
	i := start(t)
	for _, lang := range []string{"en", "pt", "es"} {
		for _, f := range store.PersonFields {
			label := i.Says(lang, f.Label)
			if field, _, _ := meaning(label); field != f.Name {
				t.Errorf("%s: %q is read as %q", lang, label, field)
			}
		}
	}
}

// A manager's e-mail counts more than their name, wherever the two stand.
func TestAManagerIsKnownByTheirEmail(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		"Gestor,E-mail do gestor", "Manager,Manager Email", "Jefe,Correo del jefe", "Chefe,E-mail da chefia",
	} {
		i := parse("name,email," + head + "\nA,a@x.example,Bea,b@x.example")
		if len(i.Problems) > 0 || i.Lines[0].Person.Manager != "b@x.example" {
			t.Errorf("%s: %+v", head, i)
		}
	}
}

// Columns that nobody knows are left out and named, on the page and at the command line, unless
// one that must be there is missing.
func TestUnknownColumnsAreNamed(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"name,email,E-Mail\nA,a@x.example,b@x.example":                 "twice E-Mail",
		"name,email,,\nA,a@x.example,,left over\nB,b@x.example,,again": "unnamed left over",
		"nmae,email,departament\nA,a@x.example,it":                     "column “nmae”, “departament”",
		"name," + strings.Repeat("x,", maxColumns) + "email\nA":        "column “x”",
	} {
		i := parse(file)
		if len(i.Problems) == 0 || i.Problems[0].Kind+" "+i.Problems[0].Value != want {
			t.Errorf("%.40q: %.300s", file, fmt.Sprint(i.Problems))
		}
	}
	i := start(t)
	const file = "name,email,departament,Birthday,Haus,Password [Required],City,Ramal,Celular,Telefone\n" +
		"A,a@company.example,it,1,2,x,y,9,,5"
	tried := parse(file)
	if len(tried.Problems) > 0 || len(tried.Unknown) != 3 || len(tried.Left) != 2 {
		t.Errorf("%+v", tried)
	}
	page := upload(i.As("ana"), "people.csv", file, "").HTML(t)
	said := page.Find(".import-left p").Map(func(_ int, p *goquery.Selection) string { return p.Text() })
	if len(said) != 3 || !strings.HasSuffix(said[2], ": Telefone, Celular, Ramal.") ||
		!strings.Contains(said[0], "“departament”, “Birthday”, “Haus”") ||
		!strings.Contains(said[0], "department, title") || !strings.Contains(said[1], ": Password [Required], City.") {
		t.Errorf("%q", said)
	}
	if res := i.As("ana").Post(Apply, sentBy(page)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	if n := i.Count(`people WHERE name = 'A' AND department IS NULL`); n != 1 {
		t.Errorf("%d are there", n)
	}
}

// A file of columns alone is refused at once.
func TestAFileOfColumnsIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		strings.Repeat("(a)", 600_000), strings.Repeat("name,", 400_000), strings.Repeat("[", 2_000_000),
		strings.Repeat("a,", 1_000_000),
	} {
		began := time.Now()
		got := parse(head + "\nx\n")
		if took := time.Since(began); len(got.Problems) == 0 || len(got.Problems) > 600 || took > 20*time.Second {
			t.Errorf("%.10q: %d problems in %v", head, len(got.Problems), took)
		}
	}
}
