package seed

import (
	"math/rand/v2"
	"strings"

	"github.com/carameloai/intranet/internal/store"
)

// zones are where those who read a language mostly work.
var zones = map[string]string{"pt": "America/Sao_Paulo", "es": "America/Bogota", "en": "Europe/London"}

// people returns the known people and, behind them, somebody for every post of
// the staff plan.
func people() []store.NewPerson {
	var all []store.NewPerson
	d := draw{
		rng:   rand.New(rand.NewPCG(17, 4)), // #nosec G404 -- fixed: everybody's company has the same staff
		taken: map[string]bool{},
		decks: map[string][]string{},
	}
	for _, k := range known {
		d.taken[k.email] = true
		all = append(all, store.NewPerson{Name: k.name, Email: k.email, Lang: k.lang, Department: k.department, Title: k.title, Role: k.role, TimeZone: zones[k.lang]})
	}
	for _, j := range jobs {
		for _, lang := range languages {
			for range j.posts(lang) {
				woman := d.rng.IntN(2) == 0
				name, email := d.person(lang, woman)
				all = append(all, store.NewPerson{
					Name: name, Email: email, Lang: lang, Department: j.department, Title: j.title(lang, woman), Role: store.Employee, TimeZone: zones[lang],
				})
			}
		}
	}
	return all
}

// draw makes up people.
type draw struct {
	rng   *rand.Rand
	taken map[string]bool     // by e-mail, which people of the same name would share
	decks map[string][]string // what is left of each list of names
}

func (d draw) person(lang string, woman bool) (name, email string) {
	region := nameLists[lang][d.rng.IntN(len(nameLists[lang]))]
	names := region.men
	if woman {
		names = region.women
	}
	given := d.deal(names)
	for {
		first, second := d.deal(region.surnames), d.deal(region.surnames)
		if first == second {
			continue
		}
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
	return ascii(first[0]) + "." + ascii(last[len(last)-1]) + "@" + domain
}

func ascii(s string) string { return unaccented.Replace(strings.ToLower(s)) }

var unaccented = strings.NewReplacer(
	"á", "a", "â", "a", "ã", "a", "ç", "c", "é", "e", "ê", "e", "ë", "e", "í", "i", "ñ", "n",
	"ó", "o", "ô", "o", "õ", "o", "ú", "u", "ü", "u", "'", "",
)
