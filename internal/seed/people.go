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

// zones are the time zones in which most people work who read a language.
var zones = map[string]string{"pt": "America/Sao_Paulo", "es": "America/Bogota", "en": "Europe/London"}

// heads are the heads of the departments. All of them report to the general director.
var heads = map[string]string{
	"management":    general,
	"people":        "maria.cavalcanti@" + Domain,
	"finance":       "rodrigo.penaloza@" + Domain,
	"technology":    "gareth.llewellyn-price@" + Domain,
	"production":    "sebastiao.queiroz@" + Domain,
	"quality":       "ines.echeverri@" + Domain,
	"supply":        "goncalo.vilhena@" + Domain,
	"sales":         "imogen.clarke-okafor@" + Domain,
	"marketing":     "lucia.arango@" + Domain,
	"customer-care": "tomas.ibarra@" + Domain,
}

// general is the general director.
const general = "helena.duarte@" + Domain

// people returns the known people and then somebody for every post of the staff plan:
// first those who lead a team, then those who report to them.
func people() []store.PersonDetails {
	d := newDraw(17)
	all := d.known()
	led := teams{}
	for _, leading := range []bool{true, false} {
		for _, j := range jobs {
			if j.leads != leading {
				continue
			}
			for _, lang := range languages {
				for range j.posts.in(lang) {
					p := d.hire(j, lang)
					if leading {
						led.add(p)
					} else {
						leaders := led.leaders(p)
						p.Manager = leaders[d.rng.IntN(len(leaders))]
					}
					all = append(all, d.employ(p))
				}
			}
		}
	}
	return all
}

// known returns the known people.
func (d draw) known() (all []store.PersonDetails) {
	for _, k := range known {
		d.taken[k.email] = true
		manager := heads[k.department]
		if manager == k.email {
			manager = general
		}
		if k.email == general {
			manager = ""
		}
		all = append(all, d.employ(store.PersonDetails{
			Name:       k.name,
			Email:      k.email,
			Lang:       k.lang,
			Department: k.department,
			Title:      k.title,
			Role:       k.role,
			Manager:    manager,
		}))
	}
	return all
}

// hire makes up somebody for a post, who reports to the head of the department.
func (d draw) hire(j job, lang string) store.PersonDetails {
	woman := d.rng.IntN(2) == 0
	name, email := d.person(lang, woman)
	return store.PersonDetails{
		Name:       name,
		Email:      email,
		Lang:       lang,
		Department: j.department,
		Title:      j.title(lang, woman),
		Role:       store.Employee,
		Manager:    heads[j.department],
	}
}

// teams are the e-mails of those who lead a team.
type teams map[struct{ department, lang string }][]string

func (t teams) add(p store.PersonDetails) {
	for _, lang := range []string{p.Lang, ""} { // "" is any language
		key := struct{ department, lang string }{p.Department, lang}
		t[key] = append(t[key], p.Email)
	}
}

// leaders are those to whom a person can report: people of their department who read the
// same language or, where there is nobody, any language.
func (t teams) leaders(p store.PersonDetails) []string {
	key := struct{ department, lang string }{p.Department, p.Lang}
	if len(t[key]) == 0 {
		key.lang = ""
	}
	return t[key]
}

// more makes up people until there are total of them, together with those who are there
// already. Eight people report to each person of a department, level by level.
func more(now time.Time, there, total int) iter.Seq[store.PersonDetails] {
	return func(yield func(store.PersonDetails) bool) {
		d := newDraw(23)
		emails := map[string][]string{}
		for n := there + 1; n <= total; n++ {
			j := jobs[d.rng.IntN(len(jobs))]
			lang := languages[d.rng.IntN(len(languages))]
			if j.posts.in(lang) == 0 { // there is no such title in that language
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
			p := d.employ(store.PersonDetails{
				Name:       given + " " + first + " " + second,
				Email:      email,
				Lang:       lang,
				Department: j.department,
				Title:      j.title(lang, woman),
				Role:       store.Employee,
				Manager:    manager,
				JoinedAt:   now.AddDate(0, 0, -120-n%4000),
			})
			if !yield(p) {
				return
			}
		}
	}
}

// employ gives a person a phone, skills and a time zone.
func (d draw) employ(p store.PersonDetails) store.PersonDetails {
	p.TimeZone = zones[p.Lang]
	switch p.Lang {
	case "en": // numbers that Ofcom, the British regulator, reserves for fiction
		p.Phone = fmt.Sprintf("+44 20 7946 0%03d", d.rng.IntN(1000))
	case "pt":
		p.Phone = fmt.Sprintf("ramal %d", 1000+d.rng.IntN(9000))
	default: // neither Brazil nor the countries of those who read Spanish reserve such numbers
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

// arrived sets when everybody joined. Those whom the announcement new-colleagues names,
// and a few more, joined in the last weeks, the others long ago.
func arrived(now time.Time, all []store.PersonDetails) []store.PersonDetails {
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

// draw makes up people.
type draw struct {
	rng   *rand.Rand
	taken map[string]bool     // e-mails that somebody has
	decks map[string][]string // the names of each list that are left
}

func newDraw(seed uint64) draw {
	return draw{
		rng:   rand.New(rand.NewPCG(seed, 4)), // #nosec G404 -- fixed: everybody's company has the same staff
		taken: map[string]bool{},
		decks: map[string][]string{},
	}
}

// names are a given name and two different surnames.
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

// address is an e-mail in ASCII, such as joao.santos@ for João Pedro dos Santos: it has
// the first word of the given name and the last word of the surname.
func address(given, surname string) string {
	first, last := strings.Fields(given), strings.Fields(surname)
	return ascii(first[0]) + "." + ascii(last[len(last)-1]) + "@" + Domain
}

func ascii(s string) string { return unaccented.Replace(strings.ToLower(s)) }

var unaccented = strings.NewReplacer(
	"á", "a", "â", "a", "ã", "a", "ç", "c", "é", "e", "ê", "e", "ë", "e", "í", "i", "ñ", "n",
	"ó", "o", "ô", "o", "õ", "o", "ú", "u", "ü", "u", "'", "",
)
