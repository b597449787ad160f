#!/usr/bin/env bash
# The servers that tests start for themselves: PostgreSQL and PgBouncer, from Debian's packages. Does nothing where they are
# there already, and says so where it may not install; the tests that need one are skipped then.
set -u

missing=()
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
[ "${#missing[@]}" -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "not installed: ${missing[*]}; that takes apt-get and root"
  exit 1
fi
# No cluster of the machine's own, and none that starts by itself.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
export DEBIAN_FRONTEND=noninteractive
apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"
