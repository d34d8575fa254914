package imports

import (
	"slices"
	"strings"

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
	if field == "lang" {
		if lang := langOf(value); lang != "" {
			return lang
		}
	}
	typed := key(plain(value))
	for is, names := range words[field] {
		known := func(name string) bool { return typed == name || field == "lang" && strings.HasPrefix(typed, name) }
		if slices.ContainsFunc(names, known) {
			return is
		}
	}
	return value
}

// langOf is the language of a code, as programs write it: pt-BR, pt_BR.UTF-8, por. It is "" for
// one that the intranet does not have, and for what is no code.
func langOf(code string) string {
	code, _, _ = strings.Cut(plain(code), ".")
	tag, err := language.Parse(code)
	base, sure := tag.Base()
	if err != nil || sure != language.Exact || !i18n.Supported(base.String()) {
		return ""
	}
	return base.String()
}
