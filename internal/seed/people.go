package seed

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// zones are where those who read a language mostly work.
var zones = map[string]string{"pt": "America/Sao_Paulo", "es": "America/Bogota", "en": "Europe/London"}

// heads are who heads each department; general is above them.
var heads = map[string]string{
	"management": general, "people": "maria.cavalcanti@" + Domain, "finance": "rodrigo.penaloza@" + Domain, "technology": "gareth.llewellyn-price@" + Domain,
	"production": "sebastiao.queiroz@" + Domain, "quality": "ines.echeverri@" + Domain, "supply": "goncalo.vilhena@" + Domain, "sales": "imogen.clarke-okafor@" + Domain,
	"marketing": "lucia.arango@" + Domain, "customer-care": "tomas.ibarra@" + Domain,
}

const general = "helena.duarte@" + Domain

// leads are the jobs of those who head a team, by their title in Portuguese.
var leads = map[string]bool{
	"Gerente de projetos": true, "Coordenador de treinamento": true, "Controlador financeiro": true, "Analista de sistemas": true, "Supervisor de turno": true,
	"Analista de segurança dos alimentos": true, "Comprador de café": true, "Gerente de contas": true, "Gerente de marca": true, "Líder de equipe": true,
}

// people returns the known people and, behind them, somebody for every post of
// the staff plan.
func people() []store.NewPerson {
	var all []store.NewPerson
	d := newDraw(17)
	for _, k := range known {
		d.taken[k.email] = true
		manager := heads[k.department]
		if manager == k.email {
			manager = general
		}
		if k.email == general {
			manager = ""
		}
		all = append(all, d.employ(store.NewPerson{Name: k.name, Email: k.email, Lang: k.lang, Department: k.department, Title: k.title, Role: k.role, Manager: manager}))
	}
	teams := map[string][]string{} // who heads one, by department and language, and by department alone
	for _, leading := range []bool{true, false} {
		for _, j := range jobs {
			if leads[j.ptMan] != leading {
				continue
			}
			for _, lang := range languages {
				for range j.posts(lang) {
					woman := d.rng.IntN(2) == 0
					name, email := d.person(lang, woman)
					manager := heads[j.department]
					if leading {
						teams[j.department], teams[j.department+lang] = append(teams[j.department], email), append(teams[j.department+lang], email)
					} else {
						team := teams[j.department+lang]
						if len(team) == 0 {
							team = teams[j.department]
						}
						manager = team[d.rng.IntN(len(team))]
					}
					all = append(all, d.employ(store.NewPerson{Name: name, Email: email, Lang: lang, Department: j.department, Title: j.title(lang, woman), Role: store.Employee, Manager: manager}))
				}
			}
		}
	}
	return all
}

// more makes up people until there are total of them with those who are there
// already. In each department eight report to one, level by level.
func more(now time.Time, there, total int) iter.Seq[store.NewPerson] {
	return func(yield func(store.NewPerson) bool) {
		d := newDraw(23)
		emails := map[string][]string{}
		for n := there + 1; n <= total; n++ {
			j := jobs[d.rng.IntN(len(jobs))]
			lang := languages[d.rng.IntN(len(languages))]
			if j.posts(lang) == 0 { // there is no such title in that language
				lang = "pt"
			}
			woman := d.rng.IntN(2) == 0
			given, first, second := d.names(lang, woman)
			email := strings.Replace(address(given, second), "@", "."+strconv.Itoa(n)+"@", 1)
			manager, peers := heads[j.department], len(emails[j.department])
			if peers > 0 {
				manager = emails[j.department][(peers-1)/8]
			}
			emails[j.department] = append(emails[j.department], email)
			p := store.NewPerson{Name: given + " " + first + " " + second, Email: email, Lang: lang, Department: j.department, Title: j.title(lang, woman), Role: store.Employee, Manager: manager,
				JoinedAt: now.AddDate(0, 0, -120-n%4000)}
			if !yield(d.employ(p)) {
				return
			}
		}
	}
}

// employ gives a person what colleagues want to know: a phone, skills and a time
// zone.
func (d draw) employ(p store.NewPerson) store.NewPerson {
	p.TimeZone = zones[p.Lang]
	switch p.Lang {
	case "en": // numbers that Ofcom keeps for fiction
		p.Phone = fmt.Sprintf("+44 20 7946 0%03d", d.rng.IntN(1000))
	case "pt":
		p.Phone = fmt.Sprintf("ramal %d", 1000+d.rng.IntN(9000))
	default: // no country whose people read Spanish has such numbers, and neither has Brazil
		p.Phone = fmt.Sprintf("ext. %d", 1000+d.rng.IntN(9000))
	}
	known := strings.Split(skills[p.Department][p.Lang], ", ")
	from, count := d.rng.IntN(len(known)), 2+d.rng.IntN(2)
	for k := range count {
		if k > 0 {
			p.Skills += ", "
		}
		p.Skills += known[(from+k*2)%len(known)]
	}
	return p
}

// draw makes up people.
type draw struct {
	rng   *rand.Rand
	taken map[string]bool     // by e-mail, which people of the same name would share
	decks map[string][]string // what is left of each list of names
}

// arrived says when everybody joined: those of whom the announcement new-colleagues
// tells, and a few more, in the last weeks, the others long ago.
func arrived(now time.Time, all []store.NewPerson) []store.NewPerson {
	rng := rand.New(rand.NewPCG(5, 12)) // #nosec G404 -- fixed, as the staff is
	for i := range all {
		days := 120 + rng.IntN(4000)
		if i >= 2 && i < 5 || i%33 == 32 {
			days = 6 + rng.IntN(20)
		}
		all[i].JoinedAt = now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
	}
	return all
}

func newDraw(seed uint64) draw {
	return draw{
		rng:   rand.New(rand.NewPCG(seed, 4)), // #nosec G404 -- fixed: everybody's company has the same staff
		taken: map[string]bool{},
		decks: map[string][]string{},
	}
}

// names are a given name and two surnames, which are not the same.
func (d draw) names(lang string, woman bool) (given, first, second string) {
	region := nameLists[lang][d.rng.IntN(len(nameLists[lang]))]
	names := region.men
	if woman {
		names = region.women
	}
	given, first = d.deal(names), d.deal(region.surnames)
	for second = first; second == first; {
		second = d.deal(region.surnames)
	}
	return given, first, second
}

func (d draw) person(lang string, woman bool) (name, email string) {
	for {
		given, first, second := d.names(lang, woman)
		// People go by their first surname in Spanish and by their last one in
		// Portuguese, where many use only one.
		switch {
		case lang == "es":
			name, email = given+" "+first+" "+second, address(given, first)
		case lang == "pt" && d.rng.IntN(3) == 0:
			name, email = given+" "+first+" "+second, address(given, second)
		default:
			name, email = given+" "+first, address(given, first)
		}
		if !d.taken[email] {
			d.taken[email] = true
			return name, email
		}
	}
}

// deal takes the next name of a shuffled list, so that all of them occur before
// one occurs again.
func (d draw) deal(list string) string {
	deck := d.decks[list]
	if len(deck) == 0 {
		deck = strings.Split(list, ", ")
		d.rng.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	}
	d.decks[list] = deck[1:]
	return deck[0]
}

// address is firstname.lastname@ in ASCII: of "João Pedro" the first word, of
// "dos Santos" the last.
func address(given, surname string) string {
	first, last := strings.Fields(given), strings.Fields(surname)
	return ascii(first[0]) + "." + ascii(last[len(last)-1]) + "@" + Domain
}

func ascii(s string) string { return unaccented.Replace(strings.ToLower(s)) }

var unaccented = strings.NewReplacer(
	"á", "a", "â", "a", "ã", "a", "ç", "c", "é", "e", "ê", "e", "ë", "e", "í", "i", "ñ", "n",
	"ó", "o", "ô", "o", "õ", "o", "ú", "u", "ü", "u", "'", "",
)
