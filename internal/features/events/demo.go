package events

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// agenda is what happens in the company: so many days from today, and where it
// does. Who writes also says in which language.
var agenda = []struct {
	author, title, place, zone string
	days, length               int    // length in days; 0 for an event with times
	at                         string // 09:00-10:30 in zone
	body                       string
}{
	// Past.
	{"paola.restrepo", "Semana de la Salud", "Comedor, Bogotá", "", -62, 5, "", "Cinco días de charlas y chequeos en todas las oficinas. Quien no pueda venir a Bogotá recibe el material por correo."},
	{"gareth.llewellyn-price", "Moving the mail server", "", saoPaulo, -55, 0, "22:00-23:30", "No mail for up to ninety minutes. Nothing is lost: what arrives meanwhile is delivered afterwards."},
	{"goncalo.vilhena", "Visita à fazenda Boa Vista", "Fazenda Boa Vista, Minas Gerais", "", -48, 2, "", "Dois dias com quem planta o nosso café.\n\n- Ônibus às 6h30, na porta do escritório de São Paulo\n- Leve bota fechada e agasalho"},
	{"rodrigo.penaloza", "Resultados del trimestre", "Sala Quindío, Bogotá, y por video", bogota, -40, 0, "10:00-11:00", "Rodrigo presenta los números y responde preguntas. La grabación queda en [learning.{domain}](https://learning.{domain})."},
	{"goncalo.vilhena", "Dia do fornecedor", "Escritório de São Paulo, térreo", saoPaulo, -33, 0, "09:30-16:00", "Seis fornecedores contam o que funciona para eles e o que não funciona. **Leve perguntas.**"},
	{"conceicao.amaral", "Oficina de escrita simples", "Online", saoPaulo, -27, 0, "14:00-15:30", "Como escrever um comunicado que as pessoas leem até o fim."},
	{"priya.wadhwani", "Security breakfast", "Kitchen, London", london, -21, 0, "08:30-09:30", "Coffee, toast, and ten suspicious e-mails. Can you tell which of them are real?"},
	{"dandara.lins", "Um ano do escritório do Recife", "Escritório do Recife, terraço", saoPaulo, -14, 0, "17:00-20:00", "Bolo de rolo, café e a história de como tudo começou."},
	{"paola.restrepo", "Taller de pausas activas", "Por video", bogota, -9, 0, "15:00-15:45", "Cuarenta y cinco minutos para la espalda, los ojos y las muñecas. Ropa cómoda."},
	{"priya.wadhwani", "Clean desk day", "All offices", "", -4, 1, "", "Take an hour to tidy up: papers into the shredder, old badges to the front desk."},

	// To come.
	{"conceicao.amaral", "Café com a diretoria", "Refeitório, São Paulo, e por vídeo", saoPaulo, 1, 0, "09:00-10:00", "Helena conta o que vem por aí e responde perguntas. Mande a sua antes, se preferir: [comunicacao@{domain}](mailto:comunicacao@{domain})."},
	{"gareth.llewellyn-price", "Network maintenance", "", london, 2, 0, "21:00-23:00", "Wi-Fi in the London office is off for two hours. The other offices are not affected."},
	{"rodrigo.penaloza", "Cierre de gastos de viaje", "", "", 4, 1, "", "Último día para enviar los gastos del mes en [expenses.{domain}](https://expenses.{domain})."},
	{"imogen.clarke-okafor", "Demo: the new order page", "Online", london, 6, 0, "15:00-15:45", "Twenty minutes of demo, twenty-five of questions. It will be recorded."},
	{"goncalo.vilhena", "Prova dos cafés da nova safra", "Laboratório de qualidade, São Paulo", saoPaulo, 8, 0, "15:00-16:30", "Oito lotes, às cegas. São doze lugares: confirme só se puder vir mesmo."},
	{"paola.restrepo", "Bienvenida a quienes llegan este mes", "Sala Quindío, Bogotá, y por video", bogota, 11, 0, "09:30-11:00", "Quiénes somos, cómo trabajamos y a quién preguntarle qué."},
	{"priya.wadhwani", "Phishing drill: what we learned", "Online", london, 13, 0, "14:00-14:40", "The results of last month's drill, without names, and three habits that help."},
	{"maria.cavalcanti", "Roda de conversa: parentalidade e trabalho", "Online", saoPaulo, 15, 0, "11:00-12:00", "Um espaço para trocar experiências. Nada é gravado."},
	{"rodrigo.penaloza", "Presupuesto: primera ronda", "Oficina de Ciudad de México", "", 18, 3, "", "Tres días con los equipos de finanzas de todas las oficinas. La agenda detallada llega una semana antes."},
	{"imogen.clarke-okafor", "Sales kick-off", "London office", "", 21, 2, "", "Two days, everybody in sales. Travel is booked by your manager.\n\n1. Results and targets\n2. Customers on stage\n3. Dinner by the river"},
	{"dandara.lins", "Mutirão na praia", "Praia do Pina, Recife", saoPaulo, 24, 0, "07:30-11:00", "Luvas e sacos por nossa conta; protetor solar e garrafa de água, traga você."},
	{"paola.restrepo", "Donación de sangre", "Oficina de Bogotá, piso 3", bogota, 27, 0, "08:00-13:00", "Trae tu documento y desayuna bien. Toma unos veinte minutos."},
	{"gareth.llewellyn-price", "Ask technology anything", "Online", london, 30, 0, "16:00-17:00", "Laptops, passwords, printers: no question is too small."},
	{"conceicao.amaral", "Treinamento: conhecendo o assistente", "Online", saoPaulo, 34, 0, "10:00-11:00", "O que ele sabe responder, como perguntar, e o que fica registrado."},
	{"rodrigo.penaloza", "Finanzas para no financieros", "Por video", bogota, 39, 0, "14:00-16:00", "Cómo leer un estado de resultados, con los números de Aroeira como ejemplo."},
	{"priya.wadhwani", "Backup restore exercise", "London and São Paulo", "", 45, 2, "", "We restore everything from nothing and measure how long it takes. You should notice nothing."},
	{"maria.cavalcanti", "Festa de fim de ciclo", "Galpão da torrefação, São Paulo", saoPaulo, 52, 0, "19:00-01:00", "Música ao vivo e comida de boteco. Pode trazer uma pessoa com você."},
	{"paola.restrepo", "Día de voluntariado", "Varias ciudades", "", 60, 1, "", "Elige tu actividad con tu equipo. El día cuenta como trabajado."},
	{"imogen.clarke-okafor", "Coffee festival", "Exhibition hall, London", "", 75, 4, "", "We have a stand. Tell Imogen if you would like to spend an afternoon on it."},
	{"rodrigo.penaloza", "Resultados del año", "Sala Quindío, Bogotá, y por video", bogota, 90, 0, "10:00-11:30", "El cierre del año y lo que viene. Con interpretación al portugués y al inglés."},
}

const saoPaulo, bogota, london = "America/Sao_Paulo", "America/Bogota", "Europe/London"

// answered returns the agenda with dates relative to now, and who answered. They
// are the same people every time.
func answered(c store.Company) (events []newEvent) {
	rng := rand.New(rand.NewPCG(29, 7)) // #nosec G404 -- fixed, as the staff is
	languageOf := map[string]string{}
	for _, p := range c.People {
		languageOf[p.Email] = p.Lang
	}
	for _, a := range agenda {
		e := newEvent{AuthorEmail: a.author + "@" + c.Domain}
		e.Lang, e.Title, e.Place, e.Body = languageOf[e.AuthorEmail], a.title, a.place, c.Says(a.body)
		day := c.Now.UTC().Truncate(24*time.Hour).AddDate(0, 0, a.days)
		switch day.Weekday() { // the offices are closed
		case time.Saturday:
			day = day.AddDate(0, 0, 2)
		case time.Sunday:
			day = day.AddDate(0, 0, 1)
		}
		if a.length > 0 {
			e.AllDay, e.Starts, e.Ends = true, day, day.AddDate(0, 0, a.length-1)
		} else {
			from, to, _ := strings.Cut(a.at, "-")
			e.Starts, e.Ends = moment(day, from, a.zone), moment(day, to, a.zone)
			if e.Ends.Before(e.Starts) { // into the night
				e.Ends = e.Ends.AddDate(0, 0, 1)
			}
		}
		for range rng.IntN(30) {
			who := c.People[rng.IntN(len(c.People))].Email
			if rng.IntN(5) == 0 {
				e.NotComing = append(e.NotComing, who)
			} else {
				e.Coming = append(e.Coming, who)
			}
		}
		events = append(events, e)
	}
	return events
}

// moment is that time of that day in a zone. It panics on a wrong one: the agenda
// is compiled in.
func moment(day time.Time, clock, zone string) time.Time {
	location, err := time.LoadLocation(zone)
	if err == nil {
		day, err = time.ParseInLocation("2006-01-02 15:04", day.Format(time.DateOnly)+" "+clock, location)
	}
	if err != nil {
		panic("events: " + err.Error())
	}
	return day
}

// newEvent is an event to be added.
type newEvent struct {
	Details
	AuthorEmail       string   // of one of the company's people
	Coming, NotComing []string // their e-mails
}

// demo adds the events of the demo company.
func demo(ctx context.Context, tx pgx.Tx, c store.Company) error {
	batch := &pgx.Batch{}
	for _, e := range answered(c) {
		batch.Queue(`WITH e AS (
				INSERT INTO events (lang, title, place, body, starts_at, ends_at, first_day, last_day, created_by)
				VALUES (`+values+`, (SELECT id FROM people WHERE lower(email) = lower($8))) RETURNING id)
			INSERT INTO attendance (event_id, person_id, going) SELECT e.id, p.id, lower(p.email) = ANY ($9::text[])
				FROM e, people p WHERE lower(p.email) = ANY ($9::text[] || $10::text[])`, e.args(e.AuthorEmail, e.Coming, e.NotComing)...)
	}
	return tx.SendBatch(ctx, batch).Close()
}
