// Package static holds the files that browsers load as they are: style sheets,
// scripts and the logo. There is no build step.
package static

import "embed"

// FS holds every file that is served under /static/.
//
//go:embed *.css *.js brand/*.css brand/*.svg
var FS embed.FS
