#!/bin/bash
# Hands ClickHouse the hashes of the passwords, which users.d/llma.xml names, and never the passwords.
set -euo pipefail

hash_of() {
  # $(…) drops the newline that editors and openssl leave at the end; the worker drops it too.
  local password
  password="$(cat "/run/secrets/$1")"
  if [ -z "$password" ]; then
    echo "docker/secrets/$1.txt is empty: put a password into it (docker/secrets/README.md)" >&2
    exit 1
  fi
  printf %s "$password" | sha256sum | cut -d ' ' -f 1
}

LLMA_ETL_PASSWORD_SHA256="$(hash_of clickhouse_etl_password)"
LLMA_ANALYST_PASSWORD_SHA256="$(hash_of clickhouse_analyst_password)"
export LLMA_ETL_PASSWORD_SHA256 LLMA_ANALYST_PASSWORD_SHA256
exec /entrypoint.sh "$@"
