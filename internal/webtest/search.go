package webtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// checkSearch tests what holds for everything that the search finds. How the search reads
// the words that were typed is tested in its own folder.
func (f Fixture) checkSearch(t *testing.T) {
	t.Run("by the rules of its language", func(t *testing.T) { t.Parallel(); f.checkLanguages(t) })
	t.Run("as it is written", func(t *testing.T) { t.Parallel(); f.checkWritten(t) })
	t.Run("as the demo's texts write it", func(t *testing.T) { t.Parallel(); f.checkDemo(t) })
	t.Run("a title weighs more than a text", func(t *testing.T) { t.Parallel(); f.checkRank(t) })
	t.Run("on a page, under a name", func(t *testing.T) { t.Parallel(); f.checkFound(t) })
	t.Run("from an index", func(t *testing.T) { t.Parallel(); f.checkPlan(t) })
}

// searchable is an intranet in which each of the texts can be found. A text begins with its
// language: "pt Férias".
func (f Fixture) searchable(t *testing.T, all ...string) *Intranet {
	t.Helper()
	i := New(t, f.Feature())
	for n, text := range all {
		lang, title, _ := strings.Cut(text, " ")
		i.Exec(f.Searchable, lang, []string{title}, []string{fmt.Sprint("body", n)})
	}
	return i
}

// Finds are the titles that somebody who reads English finds, the best first.
func (i *Intranet) Finds(query string) []string {
	i.T.Helper()
	return i.FindsAs(store.Person{Lang: "en"}, query)
}

// FindsAs is Finds for another reader.
func (i *Intranet) FindsAs(reader store.Person, query string) (titles []string) {
	i.T.Helper()
	for _, feature := range i.Server.Features() {
		for _, source := range feature.Search {
			for _, hit := range i.hits(source, reader, query) {
				titles = append(titles, hit.Title)
			}
		}
	}
	return titles
}

// hits are what a reader finds of a kind.
func (i *Intranet) hits(source store.Source, reader store.Person, query string) []store.Hit {
	i.T.Helper()
	sql, args := statement(source, reader, query)
	rows, _ := i.Store.Pool.Query(i.T.Context(), sql, args...)
	hits, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Hit])
	if err != nil {
		i.T.Fatal(err)
	}
	return hits
}

func statement(source store.Source, reader store.Person, query string) (sql string, args []any) {
	reader.ID = NobodysID
	return store.SearchStatement([]store.Source{source}, &reader, store.Terms{Typed: query, Limit: 1000})
}

// checkLanguages finds other forms of a word and its beginning, by the rules of the
// language of each text.
func (f Fixture) checkLanguages(t *testing.T) {
	i := f.searchable(t, "pt Informações sobre férias", "es Política de nómina y vacaciones",
		"en Our policies for running shoes", "en O'Neill & 100% <Setor>")
	for want, queries := range map[string][]string{
		"Informações sobre férias": {
			"INFORMAÇÕES", "inform", "ferias", "féria", "sobre férias",
			"as ferias", // "as" is a word that Portuguese leaves out
		},
		"Política de nómina y vacaciones": {
			"politicas", "nominas", "vacacion", "vacaciones de politica", "body1",
		},
		"Our policies for running shoes": {"policy", "run shoe", "the policy"},
		"O'Neill & 100% <Setor>":         {"o neill", "oneill", "100", "setor"},
		"":                               {"neillo", "policy férias", "zzz", ""},
	} {
		for _, query := range queries {
			if got := strings.Join(i.Finds(query), ", "); got != want {
				t.Errorf("%q: %q, want %q", query, got, want)
			}
		}
	}
}

// Written are texts, each with ways to write what stands in it: all of them find it.
var Written = map[string][]string{
	"pt Treinamento NR-35 obrigatório": {"NR-35", "nr-35", "NR 35", "nr35", "NR\u201135", "NR"},
	"en Ordered under ISO-9001:2015":   {"ISO-9001", "ISO 9001", "ISO 9001:2015", "iso9001"},
	"es Formulario RH-012, anexo B2":   {"RH-012", "RH012", "rh-0", "B2", "b-2"},
	"pt Entrada/saída pelo portão 4":   {"entrada/saída", "entrada", "saída", "SAIDA", "entrada / saida"},
	"en Write to ethics@company.example, or call": {
		"ethics@company.example", "ethics", "@company.example", "company.example", "ethics@company",
		"mailto:ethics@company.example", "MAILTO:Ethics@company.example",
	},
	"en See https://wiki.corp.example/teams/tea?id=7": {
		"https://wiki.corp.example/teams/tea?id=7", "wiki.corp.example", "corp.example/teams", "teams/tea",
		"http://wiki.corp.example/teams/tea?id=7", "HTTPS://www.Wiki.corp.example/teams", "www.wiki.corp.example",
	},
	"pt Acesse ponto.corp.example/entrar ou www.rh.example": {
		"https://ponto.corp.example/entrar", "http://www.ponto.corp.example/entrar/", "http://rh.example",
		"https://www.rh.example", "rh.example", "ponto.corp.example",
	},
	"es La cuenta DE89 3704 0044 0532 0130 00": {
		"DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "de89-3704-0044-0532-0130-00", "DE89 3704",
	},
	"en Paid to GB29NWBK60161331926819, in full": {
		"GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19", "gb29nwbk", "GB29",
	},
	"es El archivo informe_v2-final.xlsx": {"informe_v2-final.xlsx", "informe_v2", "final.xlsx", "xlsx"},
	"en The server srv-db01.lan answers": {
		"srv-db01.lan", "srv-db01", "db01", "srvdb01", "ftp://srv-db01.lan", "smb://srv-db01",
	},
	"pt Custa R$ 1.234,56 por mês":            {"1.234,56", "1234,56", "R$ 1.234,56", "1234.56", "1.234"},
	"en Humidity of 0.4 to 0.65 kg, 3½ times": {"0.4", "0.65", ".65", "0,4", "3½"},
	"es Teléfono +34 (91) 123-45-67, de día": {
		"+34 (91) 123-45-67", "+34911234567", "911234567", "91 123 4567", "0034 91 1234567", "123-45-67", "1234567",
	},
	"pt Ligue para 11912345678 já":                  {"+55 11 91234-5678", "(11) 91234-5678", "tel:+5511912345678"},
	"en Inter\u00adnatio\u00adnal com\u200bpliance": {"international compliance", "com\u00adpliance"},
	"en Shared respon\u00adsibili\u00adties":        {"responsibility", "RESPONSI"},
	"es Sala B 12, planta Q 7":                      {"B12", "b-12", "q7"},
	"en هاتف ٠١١ ٥٥٥٥ ٠١٠٠":                         {"٠١١ ٥٥٥٥-٠١٠٠", "011 5555-0100", "01155550100"},
	"en Wi-Fi in meeting rooms":                     {"wifi", "wi-fi", "Wi‑Fi", "wi fi"},
	"en Straße, cœur, smørrebrød and Łódź":          {"strasse", "straße", "coeur", "smorrebrod", "lodz", "ŁÓDŹ"},
	"en Đặng Yıldız Ærøskøbing İstanbul": {
		"dang", "Đặng", "yildiz", "YILDIZ", "aeroskobing", "istanbul", "İSTANBUL", "ærøskøbing",
	},
	"en The ﬁnance oﬃce, ＡＢＣ１２":  {"finance", "office", "ABC12", "ＡＢＣ１２", "abc-12", "ﬁnance"},
	"en Voici l’été aujourd’hui": {"l'été", "l’ete", "aujourd'hui", "été"},
	"en 来週の社内研修会は東京で行います":        {"研修", "社内研修会", "研修会", "東京", "社", "で行います"},
	"en お知らせ：ガイドラインと勤務カレンダー":     {"ガイドライン", "ライン", "ｶﾞｲﾄﾞ", "勤務", "カレンダー", "らせ"},
	"en 关于2024年度员工手册的通知":         {"员工手册", "手册", "2024年度", "2024", "通知"},
	"en ของขวัญ ระเบียบการลาพักร้อนของพนักงาน ๒๕๖๙": {"ลาพักร้อน", "พักร้อน", "พนักงาน", "2569", "๒๕๖๙"},
	"en ລະບຽບການລາພັກຂອງພະນັກງານ":                   {"ພະນັກງານ", "ລາພັກ"},
	"en គោលនយោបាយឈប់សម្រាករបស់បុគ្គលិក":             {"ឈប់សម្រាក", "បុគ្គលិក"},
	"en ဝန်ထမ်းခွင့်ရက်မူဝါဒ ၃၈၁":                   {"ခွင့်ရက်", "မူဝါဒ", "381"},
	"en 사내교육은 오전에 신입사원휴가규정":                         {"교육", "사내교육", "사내", "휴가", "휴가규정", "신입사원", "오전"},
	"en سياسة الشركة للموظفين رقم ٣٧١ من الإجازة": {
		"الشركة", "شركة", "شركه", "سياسه", "371", "٣٧١", "۳۷۱", "إجازة", "اجازه", "الاجازة", "الش",
	},
	"en قوانین مرخصی کارکنان شماره ۱۴۰۵ مى\u200cباشد": {"كاركنان", "قوانين", "1405", "١٤٠٥", "مرخصي", "کارک"},
	"en مدرسة على مستشفى ٱلوطن":                       {"مدرسه", "مستشفي", "علي", "وطن", "الوطن"},
	"en नियम ३९२ और ছুটি ২০২৬ और ＴＲ－３６":               {"392", "३९२", "नियम ३९२", "2026", "২০২৬", "TR-36", "tr36"},
	"en हिन्दी में सूचना, 한국어 공지, می\u200cخواهم":      {"हिन्दी", "सूचना", "한국어", "공지", "می\u200cخواهم", "میخواهم"},
}

func (f Fixture) checkWritten(t *testing.T) {
	i := f.searchable(t, slices.Collect(maps.Keys(Written))...)
	for text, queries := range Written {
		for _, query := range append(queries, text[len("en "):]) {
			if found := i.Finds(query); len(found) != 1 || found[0] != text[len("en "):] {
				t.Errorf("%q is not found by %q, or not alone: %q", text, query, found)
			}
		}
	}
}

// checkDemo searches everything in the texts of the demo that is more than a word: dates,
// amounts, addresses, numbers. Each finds the texts that have it.
func (f Fixture) checkDemo(t *testing.T) {
	i := Demo(t, f.Feature())
	for _, source := range f.Feature().Search {
		for _, lang := range i18n.Languages {
			reader := store.Person{ID: NobodysID, Lang: lang}
			sql, args := store.SearchStatement([]store.Source{source}, &reader, store.Terms{Limit: 1000})
			everything := strings.Replace(sql, "SELECT * FROM search_queries($1)",
				"SELECT l, '!$1'::tsquery FROM unnest(ARRAY['en', 'pt', 'es']) l WHERE $1::text IS NOT NULL", 1)
			rows, _ := i.Store.Pool.Query(t.Context(), everything, args...)
			all, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Hit])
			if err != nil || len(all) < 10 {
				t.Fatal(source.Kind, len(all), err)
			}
			written := map[string][]string{} // the texts that have it
			for _, hit := range all {
				for word := range strings.FieldsSeq(hit.Title + " " + hit.Text) {
					if strings.ContainsAny(word, "./@-–_:0123456789") && strings.ContainsFunc(word, unicode.IsLetter) ||
						strings.ContainsFunc(word, unicode.IsDigit) {
						written[word] = append(written[word], hit.ID)
					}
				}
			}
			if len(written) < 20 {
				t.Errorf("%s, %s: %q is little", source.Kind, lang, written)
			}
			for word, ids := range written {
				found := map[string]bool{}
				for _, hit := range i.hits(source, reader, word) {
					found[hit.ID] = true
				}
				for _, id := range ids {
					if !found[id] {
						t.Errorf("%s, %s: %q does not find %s", source.Kind, lang, word, id)
					}
				}
			}
		}
	}
}

func (f Fixture) checkRank(t *testing.T) {
	i := f.searchable(t, "en Shoes", "en Boots", "en Coffee and tea")
	i.Exec(f.Searchable, "en", []string{"Boots again"}, []string{"coffee"})
	if got := strings.Join(i.Finds("coffee"), ", "); got != "Coffee and tea, Boots again" {
		t.Errorf("%q", got)
	}
}

// checkFound tests that everything found has a page, and that its kind has a name.
func (f Fixture) checkFound(t *testing.T) {
	i := f.searchable(t, "en Coffee")
	for _, source := range f.Feature().Search {
		hits := i.hits(source, store.Person{Lang: "en"}, "coffee")
		if len(hits) != 1 {
			t.Fatalf("%s: %v", source.Kind, hits)
		}
		page := i.As("bea").Get(paths.Pattern(source.Page).Of(hits[0].ID))
		if page.StatusCode != http.StatusOK || !strings.Contains(page.HTML(t).Find("h1").Text(), "Coffee") {
			t.Errorf("%s leads to %s: %d", source.Kind, page.Request.URL.Path, page.StatusCode)
		}
		key := "search.kind." + source.Kind
		for _, lang := range i18n.Languages {
			if i.Says(lang, key) == key {
				t.Errorf("%s: there is no text %s", lang, key)
			}
		}
	}
}

// checkPlan tests that Postgres searches with an index: it reads only the texts that it
// finds, however many or few there are, and whatever the planner knows of them.
func (f Fixture) checkPlan(t *testing.T) {
	i := f.searchable(t, "en Coffee")
	unknown := i.plan(f.Feature().Search[0])
	i.Exec(`ANALYZE`)
	few := i.plan(f.Feature().Search[0])
	var titles, words []string
	for n := range 10_000 {
		titles, words = append(titles, fmt.Sprintf("Title %x", n*7919)), append(words, fmt.Sprintf("word%05d", n))
	}
	i.Exec(f.Searchable, "en", titles, words)
	// The list of what is not sorted in yet would be read as a whole by each search.
	if pages := i.First(`SELECT sum(gin_clean_pending_list(c.oid))::text FROM pg_class c JOIN pg_am m ON m.oid = c.relam
			WHERE m.amname = 'gin' AND c.relname LIKE '%\_search'`); pages != "0" {
		t.Errorf("%s pages are not sorted into the index: make it WITH (fastupdate = off)", pages)
	}
	i.Exec(`ANALYZE`)
	if got := i.Finds("word01234"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	many := i.plan(f.Feature().Search[0])
	rows, _ := i.Pool.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples > 1000`)
	large, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(large) == 0 {
		t.Fatal(large, err)
	}
	for _, table := range large {
		if strings.Contains(many+" ", "Seq Scan on "+table+" ") {
			t.Errorf("%s is read as a whole", table)
		}
	}
	for _, plan := range []string{unknown, few, many} {
		if !strings.Contains(plan, "_search") || t.Failed() {
			t.Errorf("%s", plan)
		}
	}
}

// plan is how Postgres searches for a word in one source.
func (i *Intranet) plan(source store.Source) string {
	i.T.Helper()
	var batch pgx.Batch
	batch.Queue(store.SearchByIndex)
	sql, args := statement(source, store.Person{Lang: "en"}, "word01234")
	var plan []string
	batch.Queue(`EXPLAIN `+sql, args...).Query(func(rows pgx.Rows) (err error) {
		plan, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err := i.Pool.SendBatch(i.T.Context(), &batch).Close(); err != nil {
		i.T.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
