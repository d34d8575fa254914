package sandbox

import (
	"reflect"
	"strings"
	"testing"
)

func TestReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lang, text, want string }{
		{"en", "How do I request holidays?", "Time off"},
		{"en", "hi, I need a day off", "Time off"},
		{"en", "Where do I hand in a receipt", "claim an expense"},
		{"en", "forgot my PASSWORD!!", "Never send a password"},
		{"en", "the vpn, again", "IT support"},
		{"en", "Which benefits do I have?", "benefits"},
		{"en", "who are you?", "Caramelo’s sandbox"},
		{"en", "thanks", "welcome"},
		{"en", "Hello", "Hello, Ana Souza!"},
		{"en", "help", "what you can ask me"},
		{"en", "what do you know about me?", "Name: Ana Souza\nE-mail: ana@example.com\nLanguage: en\n"},
		{"en", "What is the meaning of life?", "no ready answer"},
		{"en", "this", "no ready answer"}, // holds "hi", but not as a word
		{"pt", "férias", "Férias e folgas"},
		{"pt", "FERIAS", "Férias e folgas"},
		{"pt", "fe\u0301rias", "Férias e folgas"},
		{"pt-BR", "O que você sabe sobre mim?", "Nome: Ana Souza\nE-mail: ana@example.com\nIdioma: pt-BR\n"},
		{"pt", "esqueci minha senha", "trocar a senha"},
		{"pt", "quero um reembolso", "comprovante"},
		{"pt", "Quais são meus benefícios?", "benefícios"},
		{"pt", "quem é você?", "sandbox do Caramelo"},
		{"pt", "Oi!", "Olá, Ana Souza!"},
		{"pt", "obrigada", "De nada"},
		{"pt", "ajuda", "Você pode me perguntar"},
		{"pt", "???", "não tenho uma resposta"},
		{"es", "¿Cómo pido vacaciones?", "Vacaciones y días libres"},
		{"es", "¿Qué sabes sobre mí?", "Nombre: Ana Souza\nCorreo: ana@example.com\nIdioma: es\n"},
		{"es", "olvidé mi contraseña", "cambiar tu contraseña"},
		{"es", "tengo un gasto de viaje", "comprobante"},
		{"es", "¿quién eres?", "sandbox de Caramelo"},
		{"es", "gracias", "De nada"},
		{"es", "¡Hola!", "¡Hola, Ana Souza!"},
		{"es", "xyz", "no tengo una respuesta"},
		{"fr", "bonjour", "no ready answer"},
		{"es", "holidays please", "Vacaciones y días libres"},
	} {
		got := reply(tt.text, person{name: "Ana Souza", email: "ana@example.com", lang: tt.lang})
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q is answered %q, want %q in it", tt.lang, tt.text, got, tt.want)
		}
	}
}

func TestReplyTakesANameForAName(t *testing.T) {
	t.Parallel()
	got := reply("hello", person{name: "{email} <b>", email: "x@example.com", lang: "en"})
	if got != "Hello, {email} <b>! What can I do for you?" {
		t.Errorf("got %q", got)
	}
	if got := reply("about me", person{name: "Ana", lang: "pt"}); !strings.Contains(got, "E-mail: (nenhum)") {
		t.Errorf("without an e-mail: %q", got)
	}
}

func TestReplyLang(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"pt": "pt", "PT_br": "pt", "es-MX": "es", "en-GB": "en", "de": "en", "ptx": "en", "": "en"} {
		if got := replyLang(tag); got != want {
			t.Errorf("%q speaks %q, want %q", tag, got, want)
		}
	}
}

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	t.Parallel()
	all := []texts{greetingTexts, fallbackTexts, noEmail}
	for _, topic := range topics {
		all = append(all, topic.say)
		for _, k := range topic.keywords {
			if folded := fold(k); folded != strings.TrimSpace(k) {
				t.Errorf("keyword %q never matches: words are folded to %q", k, folded)
			}
		}
	}
	for _, text := range all {
		v := reflect.ValueOf(text)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("no %s for %q", v.Type().Field(i).Name, text.en)
			}
		}
	}
}
