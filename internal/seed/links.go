package seed

import (
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

func links() []store.NewLink {
	link := func(url, en, pt, es string) store.NewLink {
		return store.NewLink{URL: url, Labels: texts(en, pt, es)}
	}
	return []store.NewLink{
		link(paths.People, "Find a colleague", "Encontrar um colega", "Buscar a un colega"),
		link(paths.Assistant, "Ask the assistant", "Perguntar ao assistente", "Preguntar al asistente"),
		link("https://leave."+Domain, "Book time off", "Marcar férias e folgas", "Pedir vacaciones y permisos"),
		link("https://expenses."+Domain, "Travel and expenses", "Viagens e reembolsos", "Viajes y reembolsos"),
		link("https://payslips."+Domain, "Payslips", "Holerites", "Recibos de nómina"),
		link("https://learning."+Domain, "Courses and training", "Cursos e treinamentos", "Cursos y capacitación"),
		link("mailto:help@"+Domain, "Write to the help desk", "Escrever para o suporte", "Escribir a soporte"),
		link("mailto:ethics@"+Domain, "Raise a concern", "Canal de ética", "Línea ética"),
	}
}
