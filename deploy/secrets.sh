#!/bin/sh
# Makes deploy/secrets for compose.yml: one file for each secret. What is there stays.
#
# The containers read them as accounts of their own, so that each file is open to all, and the
# folder to its owner alone.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

# keep writes a file that is not there yet.
keep() {
  if [ ! -e "secrets/$1" ]; then
    cat >"secrets/$1.new"
    chmod 444 "secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
  fi
}

for name in owner_password app_password replicator_password; do
  openssl rand -hex 24 | keep "$name"
done
openssl rand -hex 32 | keep secret_key
app=$(cat secrets/app_password)
echo "postgres://intranet_app:$app@postgres/intranet?sslmode=disable" | keep app_url
echo "postgres://intranet_app:$app@pgbouncer:6432/intranet?sslmode=disable" | keep app_url_pgbouncer
echo "\"intranet_app\" \"$app\"" | keep pgbouncer_users
if [ -e secrets/caramelo_secret_token ]; then
  echo "deploy/secrets is complete."
else
  echo "Put Caramelo's secret token into deploy/secrets/caramelo_secret_token, and chmod 444 it."
fi
