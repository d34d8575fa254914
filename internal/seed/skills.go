package seed

// skills are what people of a department know, in each language.
var skills = map[string]map[string]string{
	"management": {
		"en": "contracts, negotiation, planning, Portuguese, board meetings, travel",
		"pt": "contratos, negociação, planejamento, inglês, reuniões do conselho, viagens",
		"es": "contratos, negociación, planeación, inglés, reuniones del consejo, viajes",
	},
	"people": {
		"en": "interviews, payroll, onboarding, mediation, first aid, training",
		"pt": "entrevistas, folha de pagamento, integração, mediação, primeiros socorros, treinamento",
		"es": "entrevistas, nómina, inducción, mediación, primeros auxilios, capacitación",
	},
	"finance": {
		"en": "Excel, SAP, budgeting, IFRS, cost accounting, audits",
		"pt": "Excel, SAP, orçamento, IFRS, contabilidade de custos, auditoria",
		"es": "Excel, SAP, presupuesto, NIIF, contabilidad de costos, auditoría",
	},
	"technology": {
		"en": "Go, PostgreSQL, accessibility, Linux, data analysis, user support",
		"pt": "Go, PostgreSQL, acessibilidade, Linux, análise de dados, suporte a usuários",
		"es": "Go, PostgreSQL, accesibilidad, Linux, análisis de datos, soporte a usuarios",
	},
	"production": {
		"en": "roasting, packing, maintenance, food safety, forklift, lean",
		"pt": "torra, embalagem, manutenção, segurança dos alimentos, empilhadeira, produção enxuta",
		"es": "tostado, empaque, mantenimiento, inocuidad, montacargas, producción esbelta",
	},
	"quality": {
		"en": "cupping, sensory analysis, HACCP, laboratory, certification, Q Grader",
		"pt": "prova de xícara, análise sensorial, APPCC, laboratório, certificação, Q-Grader",
		"es": "catación, análisis sensorial, HACCP, laboratorio, certificación, Q Grader",
	},
	"supply": {
		"en": "sourcing, customs, green coffee, stock control, freight, fair trade",
		"pt": "compras, desembaraço aduaneiro, café verde, controle de estoque, frete, comércio justo",
		"es": "compras, aduanas, café verde, control de inventario, fletes, comercio justo",
	},
	"sales": {
		"en": "key accounts, CRM, negotiation, barista training, forecasting, retail",
		"pt": "grandes contas, CRM, negociação, formação de baristas, previsão de vendas, varejo",
		"es": "cuentas clave, CRM, negociación, formación de baristas, pronóstico de ventas, venta minorista",
	},
	"marketing": {
		"en": "copywriting, photography, branding, social media, events, packaging design",
		"pt": "redação, fotografia, marca, redes sociais, eventos, design de embalagens",
		"es": "redacción, fotografía, marca, redes sociales, eventos, diseño de empaques",
	},
	"customer-care": {
		"en": "complaints, phone support, Zendesk, Spanish, refunds, coaching",
		"pt": "reclamações, atendimento por telefone, Zendesk, espanhol, reembolsos, orientação de equipe",
		"es": "reclamos, atención telefónica, Zendesk, portugués, reembolsos, acompañamiento de equipos",
	},
}
