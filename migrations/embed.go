// Package migrations holds the database schema as plain SQL files, in order.
// A file that has been released is never edited: a change is a new file.
package migrations

import "embed"

// FS holds every migration.
//
//go:embed *.sql
var FS embed.FS
