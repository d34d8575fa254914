#!/bin/sh
# Copies the first server where there is no data yet, and follows it.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  rm -rf "${PGDATA:?}"/*
  chmod 700 "$PGDATA" # as Postgres wants it
  PGPASSWORD=$(cat /run/secrets/replicator_password) pg_basebackup --host=postgres --username=replicator --no-password \
    --pgdata="$PGDATA" --checkpoint=fast --wal-method=stream --slot=standby --write-recovery-conf
fi
exec postgres -c hba_file=/etc/postgresql/pg_hba.conf -c listen_addresses='*' -c unix_socket_directories=/tmp \
  -c wal_retrieve_retry_interval=500ms # a first server that waits for this one does not wait longer after a restart
