// Package brand is the company behind this intranet: its name and address here,
// its logo in logo.svg, its accent colour in brand.css. A fork changes this folder.
package brand

const (
	// Company is the name in the header, in titles and on the sign-in page.
	Company = "Aroeira"
	// Help is the address that reaches a human when the assistant cannot.
	Help = "help@aroeira.example"
)
