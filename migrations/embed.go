// Package migrations holds the database schema as plain SQL files. Their names carry
// the feature: the core's come first, then those of the features that can be taken
// out. Nothing refers from one of these to another.
//
// The numbers begin at First. A fork numbers its own from 90001, so that no later
// file of ours has the same: ours are applied even where a fork's are already.
//
// A file that has been released is never edited: a change is a new file. A test
// compares each with checksums.txt, which is written anew with go test -update.
package migrations

import "embed"

// First is the number of the first file. Lower ones are in the history of databases
// from before the first release, when other files had the numbers from 1 on.
const First = 100

// FS holds every migration.
//
//go:embed *.sql
var FS embed.FS
