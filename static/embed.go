// Package static holds the files that browsers load as they are: the style
// sheet, the script and the icon. There is no build step.
package static

import "embed"

// FS holds every file that is served under /static/.
//
//go:embed *.css *.js *.svg
var FS embed.FS
