// Package brand is the company behind this intranet: its name and address here,
// its logo in logo.svg, its accent colour in brand.css. A fork changes this folder:
// make rename sets the name and the domain, which stand nowhere else.
package brand

const (
	// Company is the name in the header, in titles and on the sign-in page.
	Company = "Aroeira"
	// Domain is that of the demo company's addresses. As it is, it can never exist (RFC 2606).
	Domain = "aroeira.example"
	// Help is the address that reaches a human when the assistant cannot.
	Help = "help@" + Domain
)
