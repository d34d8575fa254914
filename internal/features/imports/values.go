package imports

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
)

// words are what people write for a value, as key makes them.
var words = map[string]map[string][]string{
	"role": {
		string(store.Employee): {
			"employee", "leitura", "lectura", "reader", "leitor", "leitora", "lector", "lectora", "user",
			"usuario", "usuaria",
			"funcionario", "funcionaria", "empleado", "empleada", "colaborador", "colaboradora", "member",
			"membro", "miembro",
		},
		string(store.Editor): {"editor", "editora", "edicao", "edicion"},
	},
	"lang": {
		"en": {"english", "ingles"},
		"pt": {"portuguese", "portugues"},
		"es": {"spanish", "espanol", "espanhol", "castellano"},
	},
}

// meant is the value of a field, however it was written. What nobody knows stays as it is.
func meant(field, value string) string {
	switch {
	case value == "":
		return ""
	case field == "time_zone":
		return zone(value)
	case field == "lang":
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(value), "_", "-"), "-")
		if i18n.Supported(base) {
			return base
		}
	}
	for is, names := range words[field] {
		known := func(name string) bool {
			return key(value) == name || field == "lang" && strings.HasPrefix(key(value), name)
		}
		if slices.ContainsFunc(names, known) {
			return is
		}
	}
	return value
}

// zone is a time zone in the capitals of its name: utc is UTC, and america/sao paulo is
// America/Sao_Paulo.
func zone(value string) string {
	if knownZone(value) {
		return value
	}
	name := strings.ReplaceAll(value, " ", "_")
	for _, z := range append([]string{"UTC", "GMT"}, i18n.Zones...) {
		if strings.EqualFold(z, name) {
			return z
		}
	}
	words := cases.Title(language.Und).String(strings.NewReplacer("/", " / ", "_", " ", "-", " - ").Replace(name))
	if z := strings.NewReplacer(" / ", "/", " - ", "-", " Of ", "_of_", " ", "_").Replace(words); knownZone(z) {
		return z
	}
	return value
}

// knownZone reports whether that is a time zone. Which ones the database knows it says
// itself.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local" && len(name) <= 64
}
