#!/usr/bin/env bash
# Measures the ledger's durable records a second beside the disk's own limit, SQLite and PostgreSQL, all in one run.
#
# Every row is measured in every round, in turn, because a disk's speed changes while one measures. Raw lines go to
# standard output, then a table of medians. Needs cargo, python3 and PostgreSQL's server binaries (Debian: postgresql).
#
#   bench/ledger.sh [ROUNDS] [SECONDS A ROW]
#
# BENCH_WORK: the folder, on the disk to be measured, for everything written (default bench/work). BENCH_TARGET: cargo's
# target folder; BENCH_THROUGHPUT: the example, if it is built already. BENCH_PG_BIN: PostgreSQL's binaries.
# BENCH_USER: who runs PostgreSQL if the caller is root (postgres).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-3}
here=$PWD
work=${BENCH_WORK:-$here/bench/work}
target=${BENCH_TARGET:-$here/target}
binaries=${BENCH_PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)}
[ -x "$binaries/initdb" ] || { echo "no PostgreSQL binaries; install the package postgresql or set BENCH_PG_BIN" >&2; exit 1; }

mkdir -p "$work"
scratch=$(mktemp -d "$work/ledger.XXXXXX")
raw=$scratch/raw.tsv
chmod 711 "$scratch"
# PostgreSQL refuses to run as root.
as_server() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u "${BENCH_USER:-postgres}" -- "$@"); else "$@"; fi }
finish() {
    as_server "$binaries/pg_ctl" -D "$scratch/pg/data" stop -m immediate >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap finish EXIT

[ -n "${BENCH_THROUGHPUT:-}" ] || cargo build --release -p syndic-ledger --example throughput --target-dir "$target" >&2
throughput=${BENCH_THROUGHPUT:-$target/release/examples/throughput}
cp bench/ledger_peers.py "$scratch/peers.py"
chmod 644 "$scratch/peers.py"
mkdir "$scratch/pg"
[ "$(id -u)" != 0 ] || chown "${BENCH_USER:-postgres}" "$scratch/pg"
as_server "$binaries/initdb" -D "$scratch/pg/data" -A trust --no-instructions >/dev/null
# Durable as the defaults are; said again so that nobody has to wonder. 128 writers need more than 100 connections.
as_server sh -c "cat >>'$scratch/pg/data/postgresql.conf'" <<CONF
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 140
listen_addresses = ''
unix_socket_directories = '$scratch/pg/data'
CONF

ours() { "$throughput" --folder "$1" --row "$2" --writers "$3" --seconds "$seconds"; }
lite() { python3 "$scratch/peers.py" sqlite "$1" "$seconds" "$2" "$3"; }
server() {
    as_server "$binaries/pg_ctl" -D "$scratch/pg/data" -l "$scratch/pg/log" -w start >/dev/null
    as_server env PYTHONDONTWRITEBYTECODE=1 python3 "$scratch/peers.py" postgresql "$binaries" "$scratch/pg/data" "$seconds" "$2"
    # Stopped in between, so that its own background work disturbs nobody else's row.
    as_server "$binaries/pg_ctl" -D "$scratch/pg/data" -w stop >/dev/null
}

row() { # NAME COMMAND ARGUMENTS...
    local name=$1 folder=$scratch/row line
    shift
    mkdir "$folder"
    sync
    line=$("$1" "$folder" "${@:2}")
    # shellcheck disable=SC2086
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$round" "$name" $line "$(cut -d' ' -f1 /proc/loadavg)" | tee -a "$raw"
    rm -rf "$folder"
}

echo "date       $(date -u +'%Y-%m-%d %H:%M') UTC, commit $(git rev-parse --short HEAD)$(git diff --quiet HEAD -- crates bench || echo ' and changes')"
echo "machine    $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(nproc) cores, $(findmnt -no FSTYPE -T "$scratch" 2>/dev/null || stat -f -c %T "$scratch"), Linux $(uname -r), load $(cut -d' ' -f1-3 /proc/loadavg)"
echo "versions   $(rustc --version), SQLite $(python3 -c 'import sqlite3; print(sqlite3.sqlite_version)'), $("$binaries/postgres" --version)"
printf 'round\trow\trecords/s\tp50 ms\tp99 ms\tCPU s\tseconds\tload\n'
for round in $(seq "$rounds"); do
    row "write and fdatasync, preallocated" ours limit 1
    row "ledger unsealed, 1 writer" ours unsealed 1
    row "ledger sealed, 1 writer" ours sealed 1
    row "SQLite WAL FULL, 1 writer" lite 1 1
    row "PostgreSQL, 1 connection" server 1
    row "ledger unsealed, 128 writers" ours unsealed 128
    row "ledger sealed, 128 writers" ours sealed 128
    row "SQLite WAL FULL, 128 connections" lite 128 1
    row "SQLite WAL FULL, 128 rows a commit" lite 1 128
    row "PostgreSQL, 128 connections" server 128
done
echo
python3 "$scratch/peers.py" table "$raw"
