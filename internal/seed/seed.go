// Package seed makes up the demo company that fills an empty intranet: a coffee and foods
// company of 200 people in São Paulo, Recife, Mexico City, Bogotá, Lisbon and London. None
// of them exists. Its name and its domain are those of static/brand.
//
// It only makes the data: it knows neither the database nor passwords.
package seed

import (
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
)

// Domain is the domain of the company's addresses.
const Domain = brand.Domain

// languages are those that every text of the company is written in.
var languages = []string{"en", "pt", "es"}

// Company returns the demo company with dates relative to now. The same now
// gives the same company.
func Company(now time.Time) store.Company {
	return store.Company{
		Now:         now,
		Name:        brand.Company,
		Domain:      Domain,
		Departments: departments(),
		People:      arrived(now, people()),
	}
}

// MaxPeople is how many people the largest company has.
const MaxPeople = 1_000_000

// CompanyOf is Company with more people, so that there are as many as asked for, at most
// MaxPeople. None of them has a password.
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
	return []store.NewDepartment{
		{
			Slug: "management",
			Names: store.Texts{
				"en": "Management",
				"pt": "Diretoria",
				"es": "Dirección general",
			},
		},
		{
			Slug: "people",
			Names: store.Texts{
				"en": "People and culture",
				"pt": "Pessoas e cultura",
				"es": "Personas y cultura",
			},
		},
		{
			Slug: "finance",
			Names: store.Texts{
				"en": "Finance",
				"pt": "Financeiro",
				"es": "Finanzas",
			},
		},
		{
			Slug: "technology",
			Names: store.Texts{
				"en": "Technology",
				"pt": "Tecnologia",
				"es": "Tecnología",
			},
		},
		{
			Slug: "production",
			Names: store.Texts{
				"en": "Roasting and production",
				"pt": "Torra e produção",
				"es": "Tostado y producción",
			},
		},
		{
			Slug: "quality",
			Names: store.Texts{
				"en": "Quality",
				"pt": "Qualidade",
				"es": "Calidad",
			},
		},
		{
			Slug: "supply",
			Names: store.Texts{
				"en": "Sourcing and logistics",
				"pt": "Compras e logística",
				"es": "Compras y logística",
			},
		},
		{
			Slug: "sales",
			Names: store.Texts{
				"en": "Sales",
				"pt": "Vendas",
				"es": "Ventas",
			},
		},
		{
			Slug: "marketing",
			Names: store.Texts{
				"en": "Marketing and communications",
				"pt": "Marketing e comunicação",
				"es": "Marketing y comunicación",
			},
		},
		{
			Slug: "customer-care",
			Names: store.Texts{
				"en": "Customer care",
				"pt": "Atendimento ao cliente",
				"es": "Atención al cliente",
			},
		},
	}
}
