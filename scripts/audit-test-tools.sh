#!/usr/bin/env bash
# Installs what the tests of the audit store run besides npm's packages, where it is missing: strace (of the system, as root),
# and Python libraries that read what `gate audit export` writes, in node_modules/.cache.
set -eu
cd "$(dirname "$0")/.."

if ! command -v strace >/dev/null; then
  apt-get update -q
  apt-get install -q -y strace
fi

venv=node_modules/.cache/export-readers
if [ ! -e "$venv/complete" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q py-ocsf-models==0.10.0 opentelemetry-proto==1.45.2 cloudevents==2.2.0
  touch "$venv/complete"
fi
