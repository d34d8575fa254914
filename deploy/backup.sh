#!/bin/sh
# Dumps the intranet's database into a folder and keeps the newest dumps.
#
#   backup.sh FOLDER KEEP [daily]
#
# Where Postgres is, and as whom, is in libpq's environment: PGHOST, PGUSER, PGDATABASE and so on.
# It needs the owner of the database. With "daily" it goes on, once a day. Dumps hold everything that
# the database holds, but for what unlogged tables note for days only: nobody else may read them, and
# they belong on another machine as well.
# docs/operations.md says how to restore one.
set -eu
umask 077

dump() {
  file=$1/intranet-$(date -u +%Y%m%dT%H%M%SZ).dump
  rm -f "$1"/intranet-*.part # of a dump that did not end
  pg_dump --format=custom --no-unlogged-table-data --file="$file.part"
  mv "$file.part" "$file"
  echo "backup: wrote $file"
  # A dump that failed takes no older one away.
  find "$1" -name 'intranet-*.dump' | sort -r | tail -n "+$(($2 + 1))" | while IFS= read -r old; do rm -- "$old"; done
}

[ "$2" -ge 1 ]
if [ "${3:-}" != daily ]; then
  dump "$1" "$2"
  exit
fi
trap exit TERM INT # as the first process of a container it would not end
while :; do
  # In a process of its own: "set -e" counts for nothing in a condition.
  "$0" "$1" "$2" || echo "backup: FAILED" >&2
  sleep 86400 &
  wait $!
done
