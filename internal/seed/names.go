package seed

import "github.com/carameloai/intranet/internal/store"

// known are the people to whom the rest of the company refers: the heads of the
// departments, the authors of texts, and the personas.
var known = []struct {
	name, email, lang, department, title string
	role                                 store.Role
	why                                  string // to sign in as them; "" for who is no persona
}{
	{
		name:       "Harriet Mensah",
		email:      "harriet.mensah@" + Domain,
		lang:       "en",
		department: "technology",
		title:      "Systems administrator",
		role:       store.Admin,
		why:        "administers the intranet",
	},
	{
		name:       "Conceição Amaral",
		email:      "conceicao.amaral@" + Domain,
		lang:       "pt",
		department: "marketing",
		title:      "Editora de comunicação interna",
		role:       store.Editor,
		why:        "writes the news; reads in Portuguese",
	},
	{
		name:       "Oliver Fairweather",
		email:      "oliver.fairweather@" + Domain,
		lang:       "en",
		department: "sales",
		title:      "Account manager",
		role:       store.Employee,
		why:        "reads in English",
	},
	{
		name:       "Átila Nogueira",
		email:      "atila.nogueira@" + Domain,
		lang:       "pt",
		department: "supply",
		title:      "Analista de logística",
		role:       store.Employee,
		why:        "reads in Portuguese; has an accent in his name",
	},
	{
		name:       "Guadalupe Ortiz Zamora",
		email:      "guadalupe.ortiz@" + Domain,
		lang:       "es",
		department: "quality",
		title:      "Catadora de café",
		role:       store.Employee,
		why:        "reads in Spanish",
	},
	{
		name:       "Helena Sampaio Duarte",
		email:      "helena.duarte@" + Domain,
		lang:       "pt",
		department: "management",
		title:      "Diretora-geral",
		role:       store.Employee,
	},
	{
		name:       "Dandara Lins",
		email:      "dandara.lins@" + Domain,
		lang:       "pt",
		department: "management",
		title:      "Coordenadora do escritório do Recife",
		role:       store.Editor,
	},
	{
		name:       "Maria da Conceição Cavalcanti",
		email:      "maria.cavalcanti@" + Domain,
		lang:       "pt",
		department: "people",
		title:      "Diretora de pessoas e cultura",
		role:       store.Editor,
	},
	{
		name:       "Paola Restrepo Uribe",
		email:      "paola.restrepo@" + Domain,
		lang:       "es",
		department: "people",
		title:      "Coordinadora de bienestar",
		role:       store.Editor,
	},
	{
		name:       "Rodrigo Peñaloza Cárdenas",
		email:      "rodrigo.penaloza@" + Domain,
		lang:       "es",
		department: "finance",
		title:      "Director de finanzas",
		role:       store.Editor,
	},
	{
		name:       "Gareth Llewellyn-Price",
		email:      "gareth.llewellyn-price@" + Domain,
		lang:       "en",
		department: "technology",
		title:      "Head of technology",
		role:       store.Admin,
	},
	{
		name:       "Priya Wadhwani",
		email:      "priya.wadhwani@" + Domain,
		lang:       "en",
		department: "technology",
		title:      "Information security lead",
		role:       store.Editor,
	},
	{
		name:       "Sebastião Queiroz",
		email:      "sebastiao.queiroz@" + Domain,
		lang:       "pt",
		department: "production",
		title:      "Diretor de produção",
		role:       store.Employee,
	},
	{
		name:       "Inés Echeverri Salazar",
		email:      "ines.echeverri@" + Domain,
		lang:       "es",
		department: "quality",
		title:      "Directora de calidad",
		role:       store.Employee,
	},
	{
		name:       "Gonçalo Vilhena",
		email:      "goncalo.vilhena@" + Domain,
		lang:       "pt",
		department: "supply",
		title:      "Diretor de compras e logística",
		role:       store.Editor,
	},
	{
		name:       "Imogen Clarke-Okafor",
		email:      "imogen.clarke-okafor@" + Domain,
		lang:       "en",
		department: "sales",
		title:      "Head of sales",
		role:       store.Editor,
	},
	{
		name:       "Lucía Arango Villegas",
		email:      "lucia.arango@" + Domain,
		lang:       "es",
		department: "marketing",
		title:      "Directora de marketing y comunicación",
		role:       store.Employee,
	},
	{
		name:       "Tomás Ibarra Montes",
		email:      "tomas.ibarra@" + Domain,
		lang:       "es",
		department: "customer-care",
		title:      "Director de atención al cliente",
		role:       store.Employee,
	},
}

// nameList holds the names of a region, each list separated by a comma and a space.
type nameList struct{ women, men, surnames string }

// nameLists has the regions of each language. Each entry has the same share of the
// people, so that three of four colleagues who read Portuguese are in Brazil.
var nameLists = map[string][]nameList{
	"pt": {brazil, brazil, brazil, portugal},
	"es": {mexico, colombia},
	"en": {britain},
}

var brazil = nameList{
	women: "Ana Clara, Aparecida, Bruna, Camila, Célia, Cláudia, Débora, Eliane, Fabiana, Flávia, Íris, " +
		"Jaqueline, Júlia, Larissa, Letícia, Luciana, Luíza, Maria Eduarda, Mônica, Patrícia, Raquel, Renata, " +
		"Rosângela, Simone, Tainá, Thaís, Verônica, Vitória, Yara",
	men: "Anderson, Antônio, Caio, Cauã, Cícero, Davi, Everton, Fábio, Flávio, Gérson, João, João Pedro, " +
		"José Carlos, Josué, Jurandir, Leandro, Luís Henrique, Marcelo, Márcio, Moacir, Murilo, Otávio, Renato, " +
		"Rogério, Sérgio, Severino, Ubiratan, Vinícius",
	surnames: "Almeida, Araújo, Assunção, Barros, Bezerra, Brandão, Cardoso, Carvalho, da Conceição, " +
		"Coutinho, Falcão, Farias, Freitas, Galvão, Gonçalves, Guimarães, Lima, Magalhães, Meireles, Monteiro, " +
		"Nóbrega, de Oliveira, Paixão, Peixoto, Pereira, Ribeiro, Rocha, dos Santos, da Silva, Siqueira, " +
		"de Souza, Tavares, Teixeira, Vasconcelos",
}

var portugal = nameList{
	women: "Catarina, Constança, Filipa, Graça, Inês, Joana, Leonor, Madalena, Mafalda, Matilde, Sónia",
	men:   "Afonso, Duarte, Martim, Nuno, Rúben, Rui, Simão, Tiago, Tomé, Vasco",
	surnames: "Antunes, Azevedo, Baptista, Figueiredo, Frazão, Leitão, Lourenço, Marques, Matias, Neves, " +
		"Pinheiro, Sequeira, Simões, Trindade, Valadares",
}

var mexico = nameList{
	women: "Ángeles, Araceli, Beatriz, Citlali, Consuelo, Itzel, María Fernanda, Mónica, Norma, Rocío, " +
		"Sofía, Verónica, Xóchitl, Yolanda",
	men: "Alejandro, Ángel, Arturo, Cuauhtémoc, Emiliano, Gerardo, Héctor, Iván, Jesús, Joaquín, " +
		"José Luis, Óscar, Ramón, Raúl",
	surnames: "Arellano, Cisneros, Covarrubias, Cruz, Escobedo, Fuentes, Gutiérrez, Hernández, Jiménez, " +
		"López, Martínez, Mendoza, Núñez, Olvera, Ramírez, Tapia, Treviño, Villalobos, Zúñiga",
}

var colombia = nameList{
	women: "Adriana, Ángela, Catalina, Diana, Lina, Luz Marina, Marcela, Natalia, Pilar, Viviana, Yuliana",
	men:   "Andrés, Camilo, Édgar, Fabián, Germán, Hernán, Jairo, Julián, Mauricio, Nicolás, Wilson",
	surnames: "Barrera, Bedoya, Castaño, Giraldo, Jaramillo, Londoño, Murillo, Muñoz, Ospina, Patiño, " +
		"Quiñones, Rincón, Sepúlveda, Vélez, Zuluaga",
}

var britain = nameList{
	women: "Abigail, Amara, Aoife, Ayesha, Bronwen, Chloë, Eleanor, Fiona, Georgina, Ingrid, Isla, " +
		"Joanna, Meera, Niamh, Philippa, Renée, Rosalind, Siân, Tamsin, Zoë",
	men: "Arjun, Callum, Declan, Dominic, Edward, Femi, Finlay, Graham, Hamish, Imran, Kwame, Leon, " +
		"Nathan, Owen, Rajesh, Rhys, Seán, Tobias, Tomasz, Victor",
	surnames: "Ashworth, Banerjee, Barraclough, Cartwright, Dunmore, Ellery, Fairbairn, Gallagher, " +
		"Hargreaves, Iqbal, Jephcott, Kelleher, MacAllister, Nowak, Nwosu, O'Leary, Okonkwo, Patel, Pemberton, " +
		"Rahman, Sutcliffe, Thackeray, Underhill, Whitaker, Yeoman",
}
