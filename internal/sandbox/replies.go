package sandbox

import (
	"strings"
	"unicode"
)

// person is what the intranet told of a customer.
type person struct {
	name, email string
	lang        string // as the intranet sent it
}

// texts are one thing said in each language the sandbox speaks.
type texts struct{ en, pt, es string }

func (t texts) in(lang string) string {
	switch lang {
	case "pt":
		return t.pt
	case "es":
		return t.es
	}
	return t.en
}

// replyLang is the language the sandbox uses for a language tag: its base if
// that is English, Portuguese or Spanish, and English otherwise.
func replyLang(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if base == "pt" || base == "es" {
		return base
	}
	return "en"
}

// topic is a subject the assistant knows. Its keywords are beginnings of words,
// folded, in all languages at once: people mix them. One with a space at its
// end is a whole word.
type topic struct {
	keywords []string
	say      texts
}

// topics in the order they are looked for: a greeting together with a question
// is a question.
var topics = []topic{
	{
		[]string{"about me ", "know me ", "who am i ", "sobre mim ", "sobre mi ", "quem sou eu ", "quien soy ", "de mim ", "sabes de mi ", "mis datos ", "meus dados ", "my data "},
		texts{
			en: "This is all the intranet told me about you:\n\nName: {name}\nE-mail: {email}\nLanguage: {lang}\n\nI know nothing else about you, apart from what you write here.",
			pt: "Isto é tudo o que a intranet me contou sobre você:\n\nNome: {name}\nE-mail: {email}\nIdioma: {lang}\n\nNão sei mais nada sobre você, além do que você escreve aqui.",
			es: "Esto es todo lo que la intranet me ha contado de ti:\n\nNombre: {name}\nCorreo: {email}\nIdioma: {lang}\n\nNo sé nada más de ti, aparte de lo que escribas aquí.",
		},
	},
	{
		[]string{"holiday", "vacation", "time off", "day off", "days off", "annual leave", "parental leave", "sick leave", "ferias", "folga", "feriado", "licenca", "vacacion", "dias libres", "festivo", "permiso"},
		texts{
			en: "Time off in three steps:\n\n1. Check the time-off policy on the intranet, under Policies.\n2. Agree the dates with your manager.\n3. Tell the people who depend on your work, and set an absence notice.\n\nFor sick leave or parental leave, talk to the people team first.",
			pt: "Férias e folgas em três passos:\n\n1. Consulte a política de férias na intranet, em Políticas.\n2. Combine as datas com a sua liderança.\n3. Avise quem depende do seu trabalho e ative uma mensagem de ausência.\n\nPara licença médica, maternidade ou paternidade, fale primeiro com o time de pessoas.",
			es: "Vacaciones y días libres en tres pasos:\n\n1. Consulta la política de vacaciones en la intranet, en Políticas.\n2. Acuerda las fechas con tu responsable.\n3. Avisa a quienes dependen de tu trabajo y activa un mensaje de ausencia.\n\nPara una baja médica o un permiso parental, habla antes con el equipo de personas.",
		},
	},
	{
		[]string{"expense", "reimburs", "receipt", "travel cost", "despesa", "reembols", "nota fiscal", "recibo", "gasto", "viatico", "factura"},
		texts{
			en: "To claim an expense, keep the receipt and hand it in with the date, the amount and the reason. What is covered, and up to which amount, is in the expense policy under Policies. Ask before you spend if you are not sure.",
			pt: "Para pedir um reembolso, guarde o comprovante e envie-o com a data, o valor e o motivo. O que é coberto, e até quanto, está na política de despesas, em Políticas. Na dúvida, pergunte antes de gastar.",
			es: "Para pedir un reembolso, guarda el comprobante y envíalo con la fecha, el importe y el motivo. Qué se cubre, y hasta qué importe, está en la política de gastos, en Políticas. Si tienes dudas, pregunta antes de gastar.",
		},
	},
	{
		[]string{"password", "vpn ", "wifi ", "wi fi ", "laptop", "computer", "printer", "it support", "it help", "senha", "computador", "notebook", "impressora", "suporte", "contrasena", "clave ", "ordenador", "computadora", "impresora", "soporte", "informatica"},
		texts{
			en: "You can change your intranet password under Account. For a computer, the VPN or anything else that does not work, write to IT support: say what you did, what you saw and since when, with a screenshot if you can. Never send a password to anyone, not even to me.",
			pt: "Você pode trocar a senha da intranet em Conta. Se o computador, a VPN ou outra coisa não funcionar, escreva para o suporte de TI: conte o que você fez, o que apareceu e desde quando, com uma captura de tela se puder. Nunca envie uma senha a ninguém, nem a mim.",
			es: "Puedes cambiar tu contraseña de la intranet en Cuenta. Si el ordenador, la VPN u otra cosa no funciona, escribe al soporte informático: cuenta qué hiciste, qué apareció y desde cuándo, con una captura de pantalla si puedes. No envíes nunca una contraseña a nadie, ni siquiera a mí.",
		},
	},
	{
		[]string{"benefit", "health plan", "health insurance", "pension", "gym ", "beneficio", "plano de saude", "vale refeicao", "vale transporte", "previdencia", "seguro medico", "seguro de salud", "gimnasio", "academia "},
		texts{
			en: "Your benefits, and who may use them from when, are described under Policies. For a change in your family or your address, tell the people team early: most changes take effect from the next month.",
			pt: "Os seus benefícios, e quem pode usá-los a partir de quando, estão descritos em Políticas. Se houver mudança na família ou no endereço, avise logo o time de pessoas: a maioria das alterações vale a partir do mês seguinte.",
			es: "Tus beneficios, y quién puede usarlos y desde cuándo, están descritos en Políticas. Si cambia algo en tu familia o tu dirección, avisa pronto al equipo de personas: la mayoría de los cambios se aplica a partir del mes siguiente.",
		},
	},
	{
		[]string{"who are you ", "what are you ", "are you human", "are you a bot", "quem e voce ", "o que e voce ", "voce e um robo", "voce e humano", "quien eres ", "que eres ", "eres un robot", "eres humano", "eres humana"},
		texts{
			en: "I am Caramelo’s sandbox: a stand-in for the Caramelo AI assistant, for development and tests. My answers are written in advance, and nothing you write leaves this server. The real assistant answers from your company’s own content.",
			pt: "Sou o sandbox do Caramelo: faço as vezes do assistente da Caramelo AI em desenvolvimento e testes. Minhas respostas são predefinidas e nada do que você escreve sai deste servidor. O assistente de verdade responde com base no conteúdo da sua empresa.",
			es: "Soy el sandbox de Caramelo: hago las veces del asistente de Caramelo AI en desarrollo y pruebas. Mis respuestas están escritas de antemano y nada de lo que escribes sale de este servidor. El asistente de verdad responde a partir del contenido de tu empresa.",
		},
	},
	{
		[]string{"thanks ", "thank you ", "thx ", "obrigad", "valeu ", "gracias "},
		texts{
			en: "You’re welcome! Just write if there is anything else.",
			pt: "De nada! Se precisar de mais alguma coisa, é só escrever.",
			es: "¡De nada! Si necesitas algo más, escríbeme.",
		},
	},
	{
		[]string{"help ", "what can you do ", "ajuda ", "ajudar ", "o que voce faz ", "ayuda ", "ayudar ", "que puedes hacer ", "que sabes hacer "},
		texts{
			en: "Here is what you can ask me about:\n\n• holidays and time off\n• expenses\n• IT and passwords\n• benefits\n• what I know about you",
			pt: "Você pode me perguntar sobre:\n\n• férias e folgas\n• despesas e reembolsos\n• TI e senhas\n• benefícios\n• o que sei sobre você",
			es: "Puedes preguntarme por:\n\n• vacaciones y días libres\n• gastos y reembolsos\n• informática y contraseñas\n• beneficios\n• qué sé de ti",
		},
	},
	{
		[]string{"hello ", "hi ", "hey ", "good morning ", "good afternoon ", "good evening ", "oi ", "ola ", "bom dia ", "boa tarde ", "boa noite ", "hola ", "buenos dias ", "buenas "},
		texts{
			en: "Hello, {name}! What can I do for you?",
			pt: "Olá, {name}! Em que posso ajudar?",
			es: "¡Hola, {name}! ¿En qué puedo ayudarte?",
		},
	},
}

var (
	greetingTexts = texts{
		en: "Hello, {name}! I’m Caramelo, your company’s assistant. Ask me about holidays, expenses, IT or benefits.",
		pt: "Olá, {name}! Sou o Caramelo, o assistente da sua empresa. Pergunte sobre férias, despesas, TI ou benefícios.",
		es: "¡Hola, {name}! Soy Caramelo, el asistente de tu empresa. Pregúntame por vacaciones, gastos, informática o beneficios.",
	}
	fallbackTexts = texts{
		en: "I have no ready answer for that here in the sandbox. Try holidays, expenses, IT or benefits, or write “help” for a list. With your real Caramelo project, I answer from your company’s own content.",
		pt: "Aqui no sandbox não tenho uma resposta pronta para isso. Tente férias, despesas, TI ou benefícios, ou escreva “ajuda” para ver a lista. No seu projeto real do Caramelo, respondo com base no conteúdo da sua empresa.",
		es: "Aquí en el sandbox no tengo una respuesta preparada para eso. Prueba con vacaciones, gastos, informática o beneficios, o escribe «ayuda» para ver la lista. En tu proyecto real de Caramelo, respondo a partir del contenido de tu empresa.",
	}
	noEmail = texts{en: "(none)", pt: "(nenhum)", es: "(ninguno)"}
)

func greeting(p person) string { return p.fill(greetingTexts) }

// reply is the assistant's answer to what a person wrote.
func reply(text string, p person) string {
	words := " " + fold(text) + " "
	for _, t := range topics {
		for _, k := range t.keywords {
			if strings.Contains(words, " "+k) {
				return p.fill(t.say)
			}
		}
	}
	return p.fill(fallbackTexts)
}

func (p person) fill(t texts) string {
	lang := replyLang(p.lang)
	email := p.email
	if email == "" {
		email = noEmail.in(lang) // forgotten between the call and the socket
	}
	return strings.NewReplacer("{name}", p.name, "{email}", email, "{lang}", p.lang).Replace(t.in(lang))
}

var accents = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
	"í", "i", "ì", "i", "î", "i", "ï", "i", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ö", "o",
	"ú", "u", "ù", "u", "û", "u", "ü", "u")

// fold turns a text into lower-case words without accents or punctuation,
// separated by one space. Accents may come as part of a letter or after it:
// keyboards do one, some file systems and pastes the other.
func fold(text string) string {
	var b strings.Builder
	for _, r := range accents.Replace(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
