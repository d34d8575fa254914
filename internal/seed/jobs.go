package seed

// A job is a line of the staff plan: how many people do it in each language,
// and what it is called there, for a woman and for a man where that differs.
type job struct {
	department       string
	inEN, inPT, inES int
	en               string
	ptWoman, ptMan   string
	esWoman, esMan   string
}

func (j job) posts(lang string) int {
	switch lang {
	case "pt":
		return j.inPT
	case "es":
		return j.inES
	}
	return j.inEN
}

func (j job) title(lang string, woman bool) string {
	switch {
	case lang == "pt" && woman:
		return j.ptWoman
	case lang == "pt":
		return j.ptMan
	case lang == "es" && woman:
		return j.esWoman
	case lang == "es":
		return j.esMan
	}
	return j.en
}

// jobs is the staff plan. Coffee is roasted in Brazil, Mexico and Colombia only,
// so nobody does that in English. With the known people it makes 50 people in
// English, 90 in Portuguese and 60 in Spanish.
var jobs = []job{
	{"management", 1, 1, 1, "Executive assistant", "Assistente executiva", "Assistente executivo", "Asistente ejecutiva", "Asistente ejecutivo"},
	{"management", 1, 1, 1, "Legal counsel", "Advogada", "Advogado", "Abogada", "Abogado"},
	{"management", 1, 1, 1, "Project manager", "Gerente de projetos", "Gerente de projetos", "Gerente de proyectos", "Gerente de proyectos"},
	{"management", 1, 1, 1, "Receptionist", "Recepcionista", "Recepcionista", "Recepcionista", "Recepcionista"},

	{"people", 1, 2, 1, "People partner", "Analista de recursos humanos", "Analista de recursos humanos", "Analista de recursos humanos", "Analista de recursos humanos"},
	{"people", 1, 1, 1, "Recruiter", "Recrutadora", "Recrutador", "Reclutadora", "Reclutador"},
	{"people", 1, 2, 1, "Payroll specialist", "Analista de folha de pagamento", "Analista de folha de pagamento", "Especialista en nómina", "Especialista en nómina"},
	{"people", 0, 1, 1, "", "Coordenadora de treinamento", "Coordenador de treinamento", "Coordinadora de capacitación", "Coordinador de capacitación"},

	{"finance", 2, 3, 2, "Accountant", "Contadora", "Contador", "Contadora", "Contador"},
	{"finance", 2, 3, 2, "Financial analyst", "Analista financeira", "Analista financeiro", "Analista financiera", "Analista financiero"},
	{"finance", 1, 1, 1, "Financial controller", "Controladora financeira", "Controlador financeiro", "Contralora", "Contralor"},
	{"finance", 0, 1, 1, "", "Assistente de tesouraria", "Assistente de tesouraria", "Auxiliar de tesorería", "Auxiliar de tesorería"},

	{"technology", 4, 4, 2, "Software developer", "Desenvolvedora de software", "Desenvolvedor de software", "Desarrolladora de software", "Desarrollador de software"},
	{"technology", 1, 2, 1, "Systems analyst", "Analista de sistemas", "Analista de sistemas", "Analista de sistemas", "Analista de sistemas"},
	{"technology", 2, 1, 1, "Data analyst", "Analista de dados", "Analista de dados", "Analista de datos", "Analista de datos"},
	{"technology", 1, 2, 1, "Support technician", "Técnica de suporte", "Técnico de suporte", "Técnica de soporte", "Técnico de soporte"},
	{"technology", 1, 1, 1, "Product designer", "Designer de produto", "Designer de produto", "Diseñadora de producto", "Diseñador de producto"},

	{"production", 0, 6, 4, "", "Mestra de torra", "Mestre de torra", "Maestra tostadora", "Maestro tostador"},
	{"production", 0, 8, 4, "", "Operadora de produção", "Operador de produção", "Operadora de producción", "Operador de producción"},
	{"production", 0, 4, 2, "", "Operadora de embalagem", "Operador de embalagem", "Operadora de empaque", "Operador de empaque"},
	{"production", 0, 2, 1, "", "Técnica de manutenção", "Técnico de manutenção", "Técnica de mantenimiento", "Técnico de mantenimiento"},
	{"production", 0, 2, 1, "", "Supervisora de turno", "Supervisor de turno", "Supervisora de turno", "Supervisor de turno"},

	{"quality", 1, 2, 2, "Coffee taster", "Provadora de café", "Provador de café", "Catadora de café", "Catador de café"},
	{"quality", 1, 2, 1, "Food safety analyst", "Analista de segurança dos alimentos", "Analista de segurança dos alimentos", "Analista de inocuidad alimentaria", "Analista de inocuidad alimentaria"},
	{"quality", 0, 2, 1, "", "Técnica de laboratório", "Técnico de laboratório", "Técnica de laboratorio", "Técnico de laboratorio"},

	{"supply", 1, 2, 2, "Coffee buyer", "Compradora de café", "Comprador de café", "Compradora de café", "Comprador de café"},
	{"supply", 2, 3, 1, "Logistics analyst", "Analista de logística", "Analista de logística", "Analista de logística", "Analista de logística"},
	{"supply", 2, 3, 2, "Warehouse assistant", "Auxiliar de armazém", "Auxiliar de armazém", "Auxiliar de almacén", "Auxiliar de almacén"},
	{"supply", 0, 2, 1, "", "Motorista", "Motorista", "Conductora", "Conductor"},
	{"supply", 1, 1, 1, "Import and export specialist", "Analista de comércio exterior", "Analista de comércio exterior", "Analista de comercio exterior", "Analista de comercio exterior"},

	{"sales", 5, 3, 2, "Account manager", "Gerente de contas", "Gerente de contas", "Ejecutiva de cuentas", "Ejecutivo de cuentas"},
	{"sales", 2, 4, 2, "Sales representative", "Representante de vendas", "Representante de vendas", "Representante de ventas", "Representante de ventas"},
	{"sales", 1, 1, 1, "Sales analyst", "Analista comercial", "Analista comercial", "Analista comercial", "Analista comercial"},

	{"marketing", 1, 1, 1, "Brand manager", "Gerente de marca", "Gerente de marca", "Gerente de marca", "Gerente de marca"},
	{"marketing", 1, 1, 1, "Content writer", "Redatora", "Redator", "Redactora de contenidos", "Redactor de contenidos"},
	{"marketing", 1, 1, 1, "Graphic designer", "Designer gráfica", "Designer gráfico", "Diseñadora gráfica", "Diseñador gráfico"},
	{"marketing", 1, 1, 0, "Events coordinator", "Coordenadora de eventos", "Coordenador de eventos", "", ""},

	{"customer-care", 3, 3, 2, "Customer care adviser", "Analista de atendimento", "Analista de atendimento", "Asesora de atención al cliente", "Asesor de atención al cliente"},
	{"customer-care", 1, 1, 1, "Team leader", "Líder de equipe", "Líder de equipe", "Líder de equipo", "Líder de equipo"},
}
