#!/usr/bin/env bash
# The browser that test/page runs the verifier page in: Chromium, from Debian's package. Does nothing where there is one, and
# says so where it may not install; the tests that need it are skipped then.
set -u

command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "not installed: chromium; that takes apt-get and root"
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q && apt-get install -q -y --no-install-recommends chromium
