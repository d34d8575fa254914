package seed

import "github.com/carameloai/intranet/internal/store"

// known are the people whom the rest of the company refers to: the heads of the
// departments, the authors of the news and, where why is set, the personas.
var known = []struct {
	name, email, lang, department, title string
	role                                 store.Role
	why                                  string
}{
	{"Harriet Mensah", "harriet.mensah@" + Domain, "en", "technology", "Systems administrator", store.Admin, "administers the intranet"},
	{"Conceição Amaral", "conceicao.amaral@" + Domain, "pt", "marketing", "Editora de comunicação interna", store.Editor, "writes the news; reads in Portuguese"},
	{"Oliver Fairweather", "oliver.fairweather@" + Domain, "en", "sales", "Account manager", store.Employee, "reads in English"},
	{"Átila Nogueira", "atila.nogueira@" + Domain, "pt", "supply", "Analista de logística", store.Employee, "reads in Portuguese; has an accent in his name"},
	{"Guadalupe Ortiz Zamora", "guadalupe.ortiz@" + Domain, "es", "quality", "Catadora de café", store.Employee, "reads in Spanish"},

	{"Helena Sampaio Duarte", "helena.duarte@" + Domain, "pt", "management", "Diretora-geral", store.Employee, ""},
	{"Dandara Lins", "dandara.lins@" + Domain, "pt", "management", "Coordenadora do escritório do Recife", store.Editor, ""},
	{"Maria da Conceição Cavalcanti", "maria.cavalcanti@" + Domain, "pt", "people", "Diretora de pessoas e cultura", store.Editor, ""},
	{"Paola Restrepo Uribe", "paola.restrepo@" + Domain, "es", "people", "Coordinadora de bienestar", store.Editor, ""},
	{"Rodrigo Peñaloza Cárdenas", "rodrigo.penaloza@" + Domain, "es", "finance", "Director de finanzas", store.Editor, ""},
	{"Gareth Llewellyn-Price", "gareth.llewellyn-price@" + Domain, "en", "technology", "Head of technology", store.Admin, ""},
	{"Priya Wadhwani", "priya.wadhwani@" + Domain, "en", "technology", "Information security lead", store.Editor, ""},
	{"Sebastião Queiroz", "sebastiao.queiroz@" + Domain, "pt", "production", "Diretor de produção", store.Employee, ""},
	{"Inés Echeverri Salazar", "ines.echeverri@" + Domain, "es", "quality", "Directora de calidad", store.Employee, ""},
	{"Gonçalo Vilhena", "goncalo.vilhena@" + Domain, "pt", "supply", "Diretor de compras e logística", store.Editor, ""},
	{"Imogen Clarke-Okafor", "imogen.clarke-okafor@" + Domain, "en", "sales", "Head of sales", store.Editor, ""},
	{"Lucía Arango Villegas", "lucia.arango@" + Domain, "es", "marketing", "Directora de marketing y comunicación", store.Employee, ""},
	{"Tomás Ibarra Montes", "tomas.ibarra@" + Domain, "es", "customer-care", "Director de atención al cliente", store.Employee, ""},
}

// A nameList holds the names of a region, separated by a comma and a space.
type nameList struct{ women, men, surnames string }

// nameLists has the regions of each language. One that is named twice has two
// shares: there are more colleagues in Brazil than in Portugal.
var nameLists = map[string][]nameList{
	"pt": {brazil, brazil, brazil, portugal},
	"es": {mexico, colombia},
	"en": {britain},
}

var brazil = nameList{
	women: "Ana Clara, Aparecida, Bruna, Camila, Célia, Cláudia, Débora, Eliane, Fabiana, Flávia, Íris, Jaqueline, Júlia, Larissa, Letícia, " +
		"Luciana, Luíza, Maria Eduarda, Mônica, Patrícia, Raquel, Renata, Rosângela, Simone, Tainá, Thaís, Verônica, Vitória, Yara",
	men: "Anderson, Antônio, Caio, Cauã, Cícero, Davi, Everton, Fábio, Flávio, Gérson, João, João Pedro, José Carlos, Josué, Jurandir, " +
		"Leandro, Luís Henrique, Marcelo, Márcio, Moacir, Murilo, Otávio, Renato, Rogério, Sérgio, Severino, Ubiratan, Vinícius",
	surnames: "Almeida, Araújo, Assunção, Barros, Bezerra, Brandão, Cardoso, Carvalho, da Conceição, Coutinho, Falcão, Farias, Freitas, Galvão, " +
		"Gonçalves, Guimarães, Lima, Magalhães, Meireles, Monteiro, Nóbrega, de Oliveira, Paixão, Peixoto, Pereira, Ribeiro, Rocha, " +
		"dos Santos, da Silva, Siqueira, de Souza, Tavares, Teixeira, Vasconcelos",
}

var portugal = nameList{
	women: "Catarina, Constança, Filipa, Graça, Inês, Joana, Leonor, Madalena, Mafalda, Matilde, Sónia",
	men:   "Afonso, Duarte, Martim, Nuno, Rúben, Rui, Simão, Tiago, Tomé, Vasco",
	surnames: "Antunes, Azevedo, Baptista, Figueiredo, Frazão, Leitão, Lourenço, Marques, Matias, Neves, Pinheiro, Sequeira, Simões, Trindade, " +
		"Valadares",
}

var mexico = nameList{
	women: "Ángeles, Araceli, Beatriz, Citlali, Consuelo, Itzel, María Fernanda, Mónica, Norma, Rocío, Sofía, Verónica, Xóchitl, Yolanda",
	men:   "Alejandro, Ángel, Arturo, Cuauhtémoc, Emiliano, Gerardo, Héctor, Iván, Jesús, Joaquín, José Luis, Óscar, Ramón, Raúl",
	surnames: "Arellano, Cisneros, Covarrubias, Cruz, Escobedo, Fuentes, Gutiérrez, Hernández, Jiménez, López, Martínez, Mendoza, Núñez, Olvera, " +
		"Ramírez, Tapia, Treviño, Villalobos, Zúñiga",
}

var colombia = nameList{
	women: "Adriana, Ángela, Catalina, Diana, Lina, Luz Marina, Marcela, Natalia, Pilar, Viviana, Yuliana",
	men:   "Andrés, Camilo, Édgar, Fabián, Germán, Hernán, Jairo, Julián, Mauricio, Nicolás, Wilson",
	surnames: "Barrera, Bedoya, Castaño, Giraldo, Jaramillo, Londoño, Murillo, Muñoz, Ospina, Patiño, Quiñones, Rincón, Sepúlveda, Vélez, " +
		"Zuluaga",
}

var britain = nameList{
	women: "Abigail, Amara, Aoife, Ayesha, Bronwen, Chloë, Eleanor, Fiona, Georgina, Ingrid, Isla, Joanna, Meera, Niamh, Philippa, Renée, " +
		"Rosalind, Siân, Tamsin, Zoë",
	men: "Arjun, Callum, Declan, Dominic, Edward, Femi, Finlay, Graham, Hamish, Imran, Kwame, Leon, Nathan, Owen, Rajesh, Rhys, Seán, " +
		"Tobias, Tomasz, Victor",
	surnames: "Ashworth, Banerjee, Barraclough, Cartwright, Dunmore, Ellery, Fairbairn, Gallagher, Hargreaves, Iqbal, Jephcott, Kelleher, " +
		"MacAllister, Nowak, Nwosu, O'Leary, Okonkwo, Patel, Pemberton, Rahman, Sutcliffe, Thackeray, Underhill, Whitaker, Yeoman",
}
