package imports

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/store"
)

// Parts of a name, which Google and others write in two columns.
const (
	givenName = "given name"
	surname   = "surname"
)

// columnsOf are the names that a column may have, by the field that it is for, as key makes
// them: ours, in the three languages, and those of the lists of people that Microsoft Entra
// ID, Google, Outlook and programs for human resources save. Where a file has several for one
// field, the first of them that is filled in counts. The name by which somebody wants to be
// called comes before that of their papers, and an e-mail before a name.
var columnsOf = map[string][]string{
	"name": {
		"nomesocial", "nombresocial", "name", "nome", "nombre", "fullname", "displayname", "nomecompleto",
		"nombrecompleto", "nomedeexibicao", "nomeparaexibicao", "nombreparamostrar", "nombreyapellidos",
		"nomeesobrenome", "nombreyapellido", "apellidosynombre", "apellidoynombre", "employeename",
		"employeefullname", "nomedofuncionario", "nomedocolaborador", "nombredelempleado", "nombredelcolaborador",
		"nombredeltrabajador", "employee", "funcionario", "funcionaria", "colaborador", "colaboradora", "empleado",
		"empleada", "trabajador", "trabajadora",
	},
	givenName: {"firstname", "givenname", "forename", "primeironome", "primernombre", "nombredepila", "nomeproprio"},
	surname: {
		"lastname", "surname", "familyname", "sobrenome", "ultimonome", "apellido", "apellidos", "apelido",
	},
	"email": {
		"email", "mail", "emailaddress", "correo", "correoelectronico", "enderecodeemail", "direcciondecorreo",
		"direcciondecorreoelectronico", "primaryemail", "emailcorporativo", "correocorporativo", "workemail",
		"email1value", "companyemail", "businessemail", "emailprofissional", "emaildetrabalho", "correodetrabajo",
		"correolaboral", "correoinstitucional", "emailinstitucional", "userprincipalname", "username", "upn",
		"nomeprincipaldousuario", "nombreprincipaldeusuario", "nomedeusuario", "nombredeusuario",
	},
	"role": {"role", "papel", "rol", "perfil", "perfildeacesso", "perfildeacceso"},
	"lang": {"lang", "language", "preferredlanguage", "idioma", "lingua", "lengua", "idiomapreferido"},
	"department": {
		"department", "dept", "departamento", "area", "setor", "sector", "organizationdepartment",
		"organization1department",
	},
	"title": {
		"title", "jobtitle", "position", "employeetitle", "cargo", "funcao", "puesto", "titulo", "puestodetrabajo",
		"tituloprofissional", "organizationtitle", "organization1title", "businesstitle", "jobposition",
	},
	"manager": {
		"manageremail", "managersemail", "manageremailaddress", "supervisoremail", "emaildalideranca",
		"emaildogestor", "emaildagestora", "emaildogerente", "emaildolider", "emaildochefe", "emaildachefia",
		"emaildosupervisor", "gestoremail", "correodesujefatura", "correodeljefe", "correodelajefatura",
		"correodelgerente", "correodelresponsable", "correodelsupervisor", "manager", "supervisor", "reportsto",
		"linemanager", "directmanager", "gestor", "gestora", "gestordireto", "gestorimediato", "gerente", "lideranca",
		"lider", "chefe", "chefia", "chefeimediato", "jefe", "jefa", "jefatura", "jefedirecto", "jefeinmediato",
		"responsable", "responsavel",
	},
	"phone": {
		"phone", "telephone", "phonenumber", "telefone", "telefono", "workphone", "telephonenumber", "officephone",
		"businessphones", "businessphone", "telefonedotrabalho", "telefonodeltrabajo", "telefonecomercial",
		"telefonedoescritorio", "telefonodelaoficina", "telefonodeoficina", "phone1value", "telefonefixo",
		"telefonofijo", "telefonecorporativo", "telefonocorporativo", "mobile", "mobilephone", "mobilenumber",
		"workmobile", "cellphone", "celular", "telefonecelular", "telefonocelular", "celularcorporativo", "movil",
		"telemovel", "telefonemovel", "telefonomovil", "ramal", "extension",
	},
	"skills":    {"skills", "conhecimentos", "habilidades", "competencias", "conocimientos"},
	"time_zone": {"timezone", "fuso", "fusohorario", "zonahoraria", "husohorario"},
}

// shortNames is the last place in columnsOf["name"] that may mean a first name.
const shortNames = 4

// leftOut are columns of those lists that say nothing the intranet has a place for. They are
// named as left out, without the question whether they were meant otherwise.
var leftOut = strings.Fields(`
	id objectid usertype accountenabled usagelocation streetaddress state country physicaldeliveryofficename
	officelocation office city postalcode alternateemailaddress agegroup consentprovidedforminor
	legalagegroupclassification companyname creationtype directorysynced invitationstate identityissuer
	createddatetime passwordprofile blocksignin fax faxnumber employeeid employeetype employeehiredate othermails
	proxyaddresses lastpasswordchangedatetime onpremisessyncenabled signinsessionsvalidfromdatetime
	password passwordhashfunction orgunitpath newprimaryemail status lastsignin recoveryemail homesecondaryemail
	worksecondaryemail recoveryphone homephone workaddress homeaddress costcenter 2svenrolled 2svenforced buildingid
	floorname floorsection emailusage driveusage photosusage storagelimit storageused changepasswordatnextsignin
	newstatus licenses newlicenses advancedprotectionprogramenrollment lastlogin`)

// columnNames are our own. Name and email must be there; what has no column stays as it is.
func columnNames() (all []string) {
	for _, f := range store.PersonFields {
		all = append(all, f.Name)
	}
	return all
}

// bracketed is what stands in brackets in a column's name: Entra ID's own name of it, or
// Google's word for a column that must be there. It is also the ending for the other gender
// that people write in brackets or behind a slash, as in Funcionário(a) and Empleado/a; roles
// have it, too.
var bracketed = regexp.MustCompile(`\[[^\]]*\]|\([^)]*\)|/[aoAO]\b`)

// plain is a name without what is in brackets.
func plain(name string) string { return store.Line(bracketed.ReplaceAllString(name, "")) }

// key is a column's name without what differs from program to program: capitals, accents,
// spaces and signs.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFKD.String(strings.ToLower(name)))
}

// maxColumns is how many columns a file may have.
const maxColumns = 500

// maxColumnName is the length in bytes of the longest name that is looked up. Those of other
// programs have some fifty.
const maxColumnName = 200

// meaning is the field of a column, and its place among the names for that field. The
// field of one that is left out is ""; known tells it from one that nobody knows.
func meaning(name string) (field string, place int, known bool) {
	if len(name) > maxColumnName {
		return "", 0, false
	}
	keys := []string{key(plain(name)), key(name)}
	for _, inside := range bracketed.FindAllString(name, -1) {
		keys = append([]string{key(inside)}, keys...)
	}
	for _, k := range keys {
		for field, names := range columnsOf {
			if place := slices.Index(names, k); place >= 0 {
				return field, place, true
			}
		}
	}
	return "", 0, slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(leftOut, k) })
}

// column is a column that stands for a field.
type column struct {
	at    int // in a line
	place int // among the names for the field: the first counts most
}

// columns are those of a file.
type columns struct {
	names  []string            // as they stand in the file; "" for one without a name
	fields map[string][]column // by field
}

// readColumns finds out what the columns of a file's first line mean. Those that nobody knows
// are left out and named, unless one that must be there may be among them.
func (i *Import) readColumns(line int, names []string) columns {
	c := columns{names: names, fields: map[string][]column{}}
	for n, name := range names {
		if n == maxColumns {
			i.problem(Problem{Line: line, Kind: "column", Value: "“" + name + "”"})
			break
		}
		field, place, known := meaning(name)
		same := func(other column) bool { return other.place == place }
		switch {
		case name == "":
		case field != "" && slices.ContainsFunc(c.fields[field], same):
			i.problem(Problem{Line: line, Kind: "twice", Value: name})
		case field != "":
			c.fields[field] = append(c.fields[field], column{n, place})
		case known:
			i.Left = append(i.Left, name)
		default:
			i.Unknown = append(i.Unknown, "“"+store.Clip(name, 100)+"”")
		}
	}
	for _, all := range c.fields {
		slices.SortFunc(all, func(a, b column) int { return a.place - b.place })
	}
	for _, f := range store.PersonFields {
		if all := c.fields[f.Name]; len(all) > 1 {
			i.Several = append(i.Several, c.list(all))
		}
	}
	i.columns = map[string]bool{"name": len(c.fields[givenName]) > 0}
	for field := range c.fields {
		i.columns[field] = true
	}
	var missing []Problem
	for _, name := range []string{"name", "email"} {
		if !i.columns[name] {
			missing = append(missing, Problem{Line: line, Kind: "missing", Value: name})
		}
	}
	if len(missing) > 0 && len(i.Unknown) > 0 {
		i.problem(Problem{Line: line, Kind: "column", Value: strings.Join(i.Unknown, ", ")})
		i.Unknown = nil
	}
	for _, p := range missing {
		i.problem(p)
	}
	return c
}

// list names columns, the one that counts most first.
func (c columns) list(all []column) string {
	var names []string
	for _, column := range all {
		names = append(names, c.names[column.at])
	}
	return strings.Join(names, ", ")
}

// value is what a line has for a field, as it stands in the file.
func (c columns) value(field string, record []string) string {
	for _, column := range c.fields[field] {
		if column.at < len(record) && strings.Trim(store.Line(record[column.at]), "-–—") != "" { // a dash is nothing
			return store.FromCell(record[column.at])
		}
	}
	return ""
}

// name is that of a line's person. Where a file has the surname in a column of its own, one
// that is called only “name” may hold the rest.
func (c columns) name(record []string) string {
	name, last := c.value("name", record), c.value(surname, record)
	if name == "" {
		return c.value(givenName, record) + " " + last
	}
	short := c.fields["name"][0].place <= shortNames && len(c.fields[givenName]) == 0
	if short && !strings.HasSuffix(key(name), key(last)) {
		name += " " + last
	}
	return name
}
