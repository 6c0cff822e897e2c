#!/bin/sh
# Creates or upgrades Temporal's two databases. Every step is harmless when it was done before, so it runs at each start:
# a newer image brings its schema with it.
set -eu
SQL_PASSWORD="$(cat /run/secrets/postgres_password)"
export SQL_PASSWORD
case "$SQL_PASSWORD" in
  *[\"\\]*) # Temporal puts it between quotes into a YAML file, as it is.
    echo 'docker/secrets/postgres_password.txt: a password with " or \ in it breaks the server'"'"'s configuration: take another' >&2
    exit 1
    ;;
esac

for database in temporal:temporal temporal_visibility:visibility; do
  name="${database%%:*}"
  schema="/etc/temporal/schema/postgresql/v12/${database##*:}/versioned"
  temporal-sql-tool --database "$name" create-database
  temporal-sql-tool --database "$name" setup-schema --version 0.0
  temporal-sql-tool --database "$name" update-schema --schema-dir "$schema"
done
