package sandbox

import (
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
		{"en", "help", "Ask me about"},
		{"en", "what do you know about me?", "Name: Ana Souza\nE-mail: ana@example.com\nLanguage: en\n"},
		{"en", "What is the meaning of life?", "no ready answer"},
		{"en", "this", "no ready answer"}, // contains "hi", but not as a word
		{"pt", "férias", "Férias e folgas"},
		{"pt", "FERIAS", "Férias e folgas"},
		{"pt", "fe\u0301rias", "Férias e folgas"},
		{"pt-BR", "O que você sabe sobre mim?", "Nome: Ana Souza\nE-mail: ana@example.com\nIdioma: pt-BR\n"},
		{"pt", "esqueci minha senha", "trocar a senha"},
		{"pt", "quero um reembolso", "recibo"},
		{"pt", "Quais são meus benefícios?", "benefícios"},
		{"pt", "quem é você?", "sandbox da Caramelo"},
		{"pt", "Oi!", "Olá, Ana Souza!"},
		{"pt", "obrigada", "De nada"},
		{"pt", "ajuda", "Pergunte sobre"},
		{"pt", "???", "não tenho uma resposta"},
		{"es", "¿Cómo pido vacaciones?", "Vacaciones y días libres"},
		{"es", "¿Qué sabes sobre mí?", "Nombre: Ana Souza\nCorreo: ana@example.com\nIdioma: es\n"},
		{"es", "¿Cómo pido una licencia parental?", "Vacaciones y días libres"},
		{"es", "olvidé mi contraseña", "cambiar tu contraseña"},
		{"es", "Se me rompió la computadora. ¿Qué hago?", "soporte informático"},
		{"es", "tengo un gasto de viaje", "comprobante"},
		{"es", "¿quién eres?", "sandbox de Caramelo"},
		{"es", "gracias", "De nada"},
		{"es", "¡Hola!", "¡Hola, Ana Souza!"},
		{"es", "xyz", "no tengo una respuesta"},
		{"en", "What are the rules for working from home?", "how many days"},
		{"pt", "Quais são as regras do trabalho em casa?", "quantos dias"},
		{"pt", "posso fazer home office?", "quantos dias"},
		{"es", "¿Qué reglas hay para trabajar desde casa?", "cuántos días"},
		{"en", "What does it mean?\nNew badges: http://127.0.0.1:8080/news/new-badges", "title and its address"},
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
	want := "Hello, {email} <b>! I’m Caramelo, your company’s assistant. " +
		"Ask me about holidays, expenses, IT or benefits."
	if got != want {
		t.Errorf("got %q", got)
	}
}

func TestReplyLang(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"pt":    "pt",
		"PT_br": "pt",
		"es-MX": "es",
		"en-GB": "en",
		"de":    "en",
		"ptx":   "en",
		"":      "en",
	} {
		if got := replyLang(tag); got != want {
			t.Errorf("%q speaks %q, want %q", tag, got, want)
		}
	}
}

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for i, topic := range topics {
		if words := topic.say["words"]; words != fold(words) || (words == "") != (i == len(topics)-1) {
			t.Errorf("words %q can never match", words)
		}
		for _, lang := range []string{"en", "pt", "es"} {
			if topic.say[lang] == "" {
				t.Errorf("no %s for %q", lang, topic.say["en"])
			}
		}
	}
}
