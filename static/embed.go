// Package static holds the files that browsers load as they are: style sheets,
// scripts and the logo. There is no build step.
package static

import "embed"

// FS holds our own files that are served under /static/: not those with .go at the end.
//
//go:embed *.css *.js brand
var FS embed.FS
