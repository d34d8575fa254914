package links

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// examples are the quick links of the demo company, in their order.
func examples(c store.Company) (all []Details) {
	for _, example := range []struct{ url, en, pt, es string }{
		{paths.People, "Find a colleague", "Encontrar um colega", "Buscar a un colega"},
		{paths.Assistant, "Ask the assistant", "Perguntar ao assistente", "Preguntar al asistente"},
		{"https://leave.{domain}", "Book time off", "Marcar férias e folgas", "Pedir vacaciones y permisos"},
		{"https://expenses.{domain}", "Travel and expenses", "Viagens e reembolsos", "Viajes y reembolsos"},
		{"https://payslips.{domain}", "Payslips", "Holerites", "Recibos de nómina"},
		{"https://learning.{domain}", "Courses and training", "Cursos e treinamentos", "Cursos y capacitación"},
		{"mailto:help@{domain}", "Write to the help desk", "Escrever para o suporte", "Escribir a soporte"},
		{"mailto:ethics@{domain}", "Raise a concern", "Canal de ética", "Línea ética"},
	} {
		all = append(all, Details{
			URL:    c.Says(example.url),
			Labels: store.Texts{"en": example.en, "pt": example.pt, "es": example.es},
		})
	}
	return all
}

// demo adds the quick links of the demo company.
func demo(ctx context.Context, tx pgx.Tx, c store.Company) error {
	batch := &pgx.Batch{}
	for i, d := range examples(c) {
		batch.Queue(`INSERT INTO links (position, url, labels) VALUES ($1, $2, $3)`, i, d.URL, d.Labels)
	}
	return tx.SendBatch(ctx, batch).Close()
}
