package views

// The company behind this intranet. A fork changes these lines, the logo in
// components.templ and the accent colour at the top of static/app.css.
const (
	// CompanyName is shown in the header, in titles and on the sign-in page.
	CompanyName = "Aroeira"
	// HelpEmail reaches a human when the assistant cannot.
	HelpEmail = "help@aroeira.example"
)
