// Package seed makes up the demo company that fills an empty intranet: Aroeira,
// a coffee and foods company of 200 people in São Paulo, Recife, Mexico City,
// Bogotá, Lisbon and London. Nobody in it exists, and its Domain,
// aroeira.example, is one that can never exist (RFC 2606).
//
// It only makes the data: it knows neither the database nor passwords.
package seed

import (
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
)

// Domain is that of the demo company.
const Domain = "aroeira.example"

// languages are those that every text of the company is written in.
var languages = []string{"en", "pt", "es"}

// Company returns the demo company with dates relative to now. The same now
// gives the same company.
func Company(now time.Time) store.Company {
	all := arrived(now, people())
	return store.Company{
		Now: now, Name: brand.Company, Domain: Domain,
		Departments: departments(),
		People:      all,
	}
}

// MaxPeople is how large a company can be made.
const MaxPeople = 1_000_000

// CompanyOf is Company with made-up people beyond it until there are that many, at
// most MaxPeople. None of them has a password.
func CompanyOf(now time.Time, people int) store.Company {
	c := Company(now)
	if people = min(people, MaxPeople); people > len(c.People) {
		c.More = more(now, len(c.People), people)
	}
	return c
}

// Persona is somebody worth signing in as.
type Persona struct {
	Email, Name string
	Role        store.Role
	Lang        string
}

// Personas returns the people of the company who get a password: an admin, an
// editor, and an employee for each language.
func Personas() []Persona {
	var all []Persona
	for _, k := range known {
		if k.why != "" {
			all = append(all, Persona{Email: k.email, Name: k.name, Role: k.role, Lang: k.lang})
		}
	}
	return all
}

func departments() []store.NewDepartment {
	department := func(slug, en, pt, es string) store.NewDepartment {
		return store.NewDepartment{Slug: slug, Names: texts(en, pt, es)}
	}
	return []store.NewDepartment{
		department("management", "Management", "Diretoria", "Dirección general"),
		department("people", "People and culture", "Pessoas e cultura", "Personas y cultura"),
		department("finance", "Finance", "Financeiro", "Finanzas"),
		department("technology", "Technology", "Tecnologia", "Tecnología"),
		department("production", "Roasting and production", "Torra e produção", "Tostado y producción"),
		department("quality", "Quality", "Qualidade", "Calidad"),
		department("supply", "Sourcing and logistics", "Compras e logística", "Compras y logística"),
		department("sales", "Sales", "Vendas", "Ventas"),
		department("marketing", "Marketing and communications", "Marketing e comunicação", "Marketing y comunicación"),
		department("customer-care", "Customer care", "Atendimento ao cliente", "Atención al cliente"),
	}
}

func texts(en, pt, es string) store.Texts { return store.Texts{"en": en, "pt": pt, "es": es} }
