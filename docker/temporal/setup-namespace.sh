#!/bin/sh
# Registers the namespace and our search attributes. Harmless when they are there already.
set -eu

# Tries for two minutes, and prints what the last try said.
retry() {
  tries=60
  until output="$("$@" 2>&1)"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      printf '%s\ngave up after 2 minutes: %s\n' "$output" "$*" >&2
      exit 1
    fi
    sleep 2
  done
  printf '%s\n' "$output"
}

create_namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d
}

retry temporal operator cluster health
retry create_namespace
# The server notices a new namespace some seconds after it was made.
retry temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name LlmaPartition --type KeywordList \
  --name LlmaRunKind --type Keyword \
  --name LlmaFailed --type Int
