package seed

// job is a line of the staff plan: how many people do it in each language, and what it
// is called there.
type job struct {
	department string
	leads      bool // who does it heads a team
	posts      posts
	en         string
	pt, es     title
}

// posts are how many people do a job, by the language they read.
type posts struct{ en, pt, es int }

func (p posts) in(lang string) int {
	switch lang {
	case "pt":
		return p.pt
	case "es":
		return p.es
	}
	return p.en
}

// title is what a job is called in a language that tells women from men.
type title struct{ woman, man string }

func (t title) of(woman bool) string {
	if woman {
		return t.woman
	}
	return t.man
}

func (j job) title(lang string, woman bool) string {
	switch lang {
	case "pt":
		return j.pt.of(woman)
	case "es":
		return j.es.of(woman)
	}
	return j.en
}

// jobs is the staff plan. Coffee is roasted only in Brazil, Mexico and Colombia, so
// nobody does that in English. With the known people there are 50 people who read
// English, 90 who read Portuguese and 60 who read Spanish.
var jobs = []job{
	{
		department: "management",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Executive assistant",
		pt:         title{woman: "Assistente executiva", man: "Assistente executivo"},
		es:         title{woman: "Asistente ejecutiva", man: "Asistente ejecutivo"},
	},
	{
		department: "management",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Legal counsel",
		pt:         title{woman: "Advogada", man: "Advogado"},
		es:         title{woman: "Abogada", man: "Abogado"},
	},
	{
		department: "management",
		leads:      true,
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Project manager",
		pt:         title{woman: "Gerente de projetos", man: "Gerente de projetos"},
		es:         title{woman: "Gerente de proyectos", man: "Gerente de proyectos"},
	},
	{
		department: "management",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Receptionist",
		pt:         title{woman: "Recepcionista", man: "Recepcionista"},
		es:         title{woman: "Recepcionista", man: "Recepcionista"},
	},
	{
		department: "people",
		posts:      posts{en: 1, pt: 2, es: 1},
		en:         "People partner",
		pt:         title{woman: "Analista de recursos humanos", man: "Analista de recursos humanos"},
		es:         title{woman: "Analista de recursos humanos", man: "Analista de recursos humanos"},
	},
	{
		department: "people",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Recruiter",
		pt:         title{woman: "Recrutadora", man: "Recrutador"},
		es:         title{woman: "Reclutadora", man: "Reclutador"},
	},
	{
		department: "people",
		posts:      posts{en: 1, pt: 2, es: 1},
		en:         "Payroll specialist",
		pt:         title{woman: "Analista de folha de pagamento", man: "Analista de folha de pagamento"},
		es:         title{woman: "Especialista en nómina", man: "Especialista en nómina"},
	},
	{
		department: "people",
		leads:      true,
		posts:      posts{en: 0, pt: 1, es: 1},
		pt:         title{woman: "Coordenadora de treinamento", man: "Coordenador de treinamento"},
		es:         title{woman: "Coordinadora de capacitación", man: "Coordinador de capacitación"},
	},
	{
		department: "finance",
		posts:      posts{en: 2, pt: 3, es: 2},
		en:         "Accountant",
		pt:         title{woman: "Contadora", man: "Contador"},
		es:         title{woman: "Contadora", man: "Contador"},
	},
	{
		department: "finance",
		posts:      posts{en: 2, pt: 3, es: 2},
		en:         "Financial analyst",
		pt:         title{woman: "Analista financeira", man: "Analista financeiro"},
		es:         title{woman: "Analista financiera", man: "Analista financiero"},
	},
	{
		department: "finance",
		leads:      true,
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Financial controller",
		pt:         title{woman: "Controladora financeira", man: "Controlador financeiro"},
		es:         title{woman: "Contralora", man: "Contralor"},
	},
	{
		department: "finance",
		posts:      posts{en: 0, pt: 1, es: 1},
		pt:         title{woman: "Assistente de tesouraria", man: "Assistente de tesouraria"},
		es:         title{woman: "Auxiliar de tesorería", man: "Auxiliar de tesorería"},
	},
	{
		department: "technology",
		posts:      posts{en: 4, pt: 4, es: 2},
		en:         "Software developer",
		pt:         title{woman: "Desenvolvedora de software", man: "Desenvolvedor de software"},
		es:         title{woman: "Desarrolladora de software", man: "Desarrollador de software"},
	},
	{
		department: "technology",
		leads:      true,
		posts:      posts{en: 1, pt: 2, es: 1},
		en:         "Systems analyst",
		pt:         title{woman: "Analista de sistemas", man: "Analista de sistemas"},
		es:         title{woman: "Analista de sistemas", man: "Analista de sistemas"},
	},
	{
		department: "technology",
		posts:      posts{en: 2, pt: 1, es: 1},
		en:         "Data analyst",
		pt:         title{woman: "Analista de dados", man: "Analista de dados"},
		es:         title{woman: "Analista de datos", man: "Analista de datos"},
	},
	{
		department: "technology",
		posts:      posts{en: 1, pt: 2, es: 1},
		en:         "Support technician",
		pt:         title{woman: "Técnica de suporte", man: "Técnico de suporte"},
		es:         title{woman: "Técnica de soporte", man: "Técnico de soporte"},
	},
	{
		department: "technology",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Product designer",
		pt:         title{woman: "Designer de produto", man: "Designer de produto"},
		es:         title{woman: "Diseñadora de producto", man: "Diseñador de producto"},
	},
	{
		department: "production",
		posts:      posts{en: 0, pt: 6, es: 4},
		pt:         title{woman: "Mestra de torra", man: "Mestre de torra"},
		es:         title{woman: "Maestra tostadora", man: "Maestro tostador"},
	},
	{
		department: "production",
		posts:      posts{en: 0, pt: 8, es: 4},
		pt:         title{woman: "Operadora de produção", man: "Operador de produção"},
		es:         title{woman: "Operadora de producción", man: "Operador de producción"},
	},
	{
		department: "production",
		posts:      posts{en: 0, pt: 4, es: 2},
		pt:         title{woman: "Operadora de embalagem", man: "Operador de embalagem"},
		es:         title{woman: "Operadora de empaque", man: "Operador de empaque"},
	},
	{
		department: "production",
		posts:      posts{en: 0, pt: 2, es: 1},
		pt:         title{woman: "Técnica de manutenção", man: "Técnico de manutenção"},
		es:         title{woman: "Técnica de mantenimiento", man: "Técnico de mantenimiento"},
	},
	{
		department: "production",
		leads:      true,
		posts:      posts{en: 0, pt: 2, es: 1},
		pt:         title{woman: "Supervisora de turno", man: "Supervisor de turno"},
		es:         title{woman: "Supervisora de turno", man: "Supervisor de turno"},
	},
	{
		department: "quality",
		posts:      posts{en: 1, pt: 2, es: 2},
		en:         "Coffee taster",
		pt:         title{woman: "Provadora de café", man: "Provador de café"},
		es:         title{woman: "Catadora de café", man: "Catador de café"},
	},
	{
		department: "quality",
		leads:      true,
		posts:      posts{en: 1, pt: 2, es: 1},
		en:         "Food safety analyst",
		pt:         title{woman: "Analista de segurança dos alimentos", man: "Analista de segurança dos alimentos"},
		es:         title{woman: "Analista de inocuidad alimentaria", man: "Analista de inocuidad alimentaria"},
	},
	{
		department: "quality",
		posts:      posts{en: 0, pt: 2, es: 1},
		pt:         title{woman: "Técnica de laboratório", man: "Técnico de laboratório"},
		es:         title{woman: "Técnica de laboratorio", man: "Técnico de laboratorio"},
	},
	{
		department: "supply",
		leads:      true,
		posts:      posts{en: 1, pt: 2, es: 2},
		en:         "Coffee buyer",
		pt:         title{woman: "Compradora de café", man: "Comprador de café"},
		es:         title{woman: "Compradora de café", man: "Comprador de café"},
	},
	{
		department: "supply",
		posts:      posts{en: 2, pt: 3, es: 1},
		en:         "Logistics analyst",
		pt:         title{woman: "Analista de logística", man: "Analista de logística"},
		es:         title{woman: "Analista de logística", man: "Analista de logística"},
	},
	{
		department: "supply",
		posts:      posts{en: 2, pt: 3, es: 2},
		en:         "Warehouse assistant",
		pt:         title{woman: "Auxiliar de armazém", man: "Auxiliar de armazém"},
		es:         title{woman: "Auxiliar de almacén", man: "Auxiliar de almacén"},
	},
	{
		department: "supply",
		posts:      posts{en: 0, pt: 2, es: 1},
		pt:         title{woman: "Motorista", man: "Motorista"},
		es:         title{woman: "Conductora", man: "Conductor"},
	},
	{
		department: "supply",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Import and export specialist",
		pt:         title{woman: "Analista de comércio exterior", man: "Analista de comércio exterior"},
		es:         title{woman: "Analista de comercio exterior", man: "Analista de comercio exterior"},
	},
	{
		department: "sales",
		leads:      true,
		posts:      posts{en: 5, pt: 3, es: 2},
		en:         "Account manager",
		pt:         title{woman: "Gerente de contas", man: "Gerente de contas"},
		es:         title{woman: "Ejecutiva de cuentas", man: "Ejecutivo de cuentas"},
	},
	{
		department: "sales",
		posts:      posts{en: 2, pt: 4, es: 2},
		en:         "Sales representative",
		pt:         title{woman: "Representante de vendas", man: "Representante de vendas"},
		es:         title{woman: "Representante de ventas", man: "Representante de ventas"},
	},
	{
		department: "sales",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Sales analyst",
		pt:         title{woman: "Analista comercial", man: "Analista comercial"},
		es:         title{woman: "Analista comercial", man: "Analista comercial"},
	},
	{
		department: "marketing",
		leads:      true,
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Brand manager",
		pt:         title{woman: "Gerente de marca", man: "Gerente de marca"},
		es:         title{woman: "Gerente de marca", man: "Gerente de marca"},
	},
	{
		department: "marketing",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Content writer",
		pt:         title{woman: "Redatora", man: "Redator"},
		es:         title{woman: "Redactora de contenidos", man: "Redactor de contenidos"},
	},
	{
		department: "marketing",
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Graphic designer",
		pt:         title{woman: "Designer gráfica", man: "Designer gráfico"},
		es:         title{woman: "Diseñadora gráfica", man: "Diseñador gráfico"},
	},
	{
		department: "marketing",
		posts:      posts{en: 1, pt: 1, es: 0},
		en:         "Events coordinator",
		pt:         title{woman: "Coordenadora de eventos", man: "Coordenador de eventos"},
	},
	{
		department: "customer-care",
		posts:      posts{en: 3, pt: 3, es: 2},
		en:         "Customer care adviser",
		pt:         title{woman: "Analista de atendimento", man: "Analista de atendimento"},
		es:         title{woman: "Asesora de atención al cliente", man: "Asesor de atención al cliente"},
	},
	{
		department: "customer-care",
		leads:      true,
		posts:      posts{en: 1, pt: 1, es: 1},
		en:         "Team leader",
		pt:         title{woman: "Líder de equipe", man: "Líder de equipe"},
		es:         title{woman: "Líder de equipo", man: "Líder de equipo"},
	},
}
