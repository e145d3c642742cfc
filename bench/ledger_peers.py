"""The peers of the ledger's benchmark, and its table: durable rows of 1 KiB in SQLite and PostgreSQL.

ledger_peers.py sqlite FOLDER SECONDS WRITERS BATCH      one transaction of BATCH rows at a time on each connection
ledger_peers.py postgresql BINARIES FOLDER SECONDS WRITERS   pgbench against a running cluster whose data is in FOLDER
ledger_peers.py table FILE                                medians of the raw lines of bench/ledger.sh

A measurement is one line: records/s, p50 ms and p99 ms of a commit, CPU seconds (client and server), seconds.
"""
import glob
import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

RECORD_BYTES = 1024


def measured(latencies, records, seconds, cpu):
    latencies.sort()
    at = lambda percent: latencies[(len(latencies) - 1) * percent // 100] * 1e3
    print(f"{records / seconds:.0f} {at(50):.3f} {at(99):.3f} {cpu:.2f} {seconds:.2f}")


def sqlite(folder, seconds, writers, batch):
    path = os.path.join(folder, "rows.db")

    def connection():
        # The busy handler of SQLite itself: it waits a little longer each time it finds another one writing.
        db = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        return db

    connection().execute("CREATE TABLE log(id INTEGER PRIMARY KEY, content BLOB)")
    connections = [connection() for _ in range(writers)]
    rows = [(secrets.token_bytes(RECORD_BYTES),) for _ in range(batch)]
    latencies, failures = [], []
    before, started = sum(os.times()[:2]), time.perf_counter()
    end = started + seconds

    def write(db):
        own = []
        try:
            while (at := time.perf_counter()) < end:
                db.execute("BEGIN IMMEDIATE")
                db.executemany("INSERT INTO log(content) VALUES (?)", rows)
                db.execute("COMMIT")
                own.append(time.perf_counter() - at)
        except sqlite3.Error as problem:
            failures.append(problem)
        latencies.extend(own)

    threads = [threading.Thread(target=write, args=(db,)) for db in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    if failures:
        sys.exit(f"sqlite: {failures[0]}")
    found = connections[0].execute("SELECT count(*) FROM log").fetchone()[0]
    if found != len(latencies) * batch:
        sys.exit(f"sqlite: {found} rows are there, {len(latencies) * batch} were committed")
    measured(latencies, found, elapsed, sum(os.times()[:2]) - before)


def stat_of(process):
    """Parent and clock ticks of a process: its own, and those of the children it has waited for."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[1]), sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))


def server_cpu(postmaster):
    """CPU seconds of a cluster: of the processes that live, and of the backends that have ended."""
    ticks = sum(stat_of(postmaster)[1:])
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            parent, own, _ = stat_of(os.path.basename(folder))
        except OSError:
            continue
        ticks += own if parent == postmaster else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def postgresql(binaries, folder, seconds, writers):
    with open(os.path.join(folder, "postmaster.pid")) as file:
        postmaster = int(file.readline())
    client = ["-h", folder, "-d", "postgres"]
    psql = [os.path.join(binaries, "psql"), *client, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c"]
    subprocess.run([*psql, "SET client_min_messages = warning; DROP TABLE IF EXISTS log; CREATE TABLE log(id bigserial PRIMARY KEY, content bytea)"], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        script = os.path.join(scratch, "insert.sql")
        with open(script, "w") as file:
            file.write(f"INSERT INTO log(content) VALUES ('\\x{secrets.token_hex(RECORD_BYTES)}'::bytea);\n")
        before, started = server_cpu(postmaster) + sum(os.times()[2:4]), time.perf_counter()
        pgbench = [os.path.join(binaries, "pgbench"), *client[:2], "-n", "-M", "prepared", "-f", script, "-T", str(seconds)]
        logs = ["-l", f"--log-prefix={scratch}/log", "-c", str(writers), "-j", str(min(writers, 2)), "postgres"]
        outcome = subprocess.run(pgbench + logs, capture_output=True, text=True)
        elapsed = time.perf_counter() - started
        if outcome.returncode != 0:
            sys.exit(outcome.stderr)
        latencies, begins, ends = [], [], []
        for path in glob.glob(f"{scratch}/log*"):
            with open(path) as file:
                for line in file:
                    _, _, latency_us, _, second, microsecond = line.split()[:6]
                    ended = int(second) + int(microsecond) / 1e6
                    latencies.append(int(latency_us) / 1e6)
                    ends.append(ended)
                    begins.append(ended - latencies[-1])
    cpu = server_cpu(postmaster) + sum(os.times()[2:4]) - before
    found = int(subprocess.run([*psql, "SELECT count(*) FROM log"], check=True, capture_output=True, text=True).stdout)
    if found != len(latencies):
        sys.exit(f"postgresql: {found} rows are there, {len(latencies)} were committed")
    # Connecting is not counted: from the first insert's start to the last one's end.
    measured(latencies, found, min(elapsed, max(ends) - min(begins)), cpu)


def table(path):
    rows = {}
    for line in open(path):
        fields = line.rstrip("\n").split("\t")
        if len(fields) == 8 and fields[0].isdigit():
            rows.setdefault(fields[1], []).append([float(field) for field in fields[2:7]])
    print(f"{'':36} {'records/s':>9} {'least':>8} {'most':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU us':>7}  n")
    for name, runs in rows.items():
        rates = [run[0] for run in runs]
        middle = lambda number: statistics.median(run[number] for run in runs)
        each = statistics.median(run[3] / (run[0] * run[4]) * 1e6 for run in runs)
        print(
            f"{name:36} {statistics.median(rates):>9.0f} {min(rates):>8.0f} {max(rates):>8.0f} "
            f"{middle(1):>8.2f} {middle(2):>8.2f} {each:>7.0f}  {len(runs)}"
        )


match sys.argv[1:]:
    case ["sqlite", folder, seconds, writers, batch]:
        sqlite(folder, float(seconds), int(writers), int(batch))
    case ["postgresql", binaries, folder, seconds, writers]:
        postgresql(binaries, folder, int(seconds), int(writers))
    case ["table", path]:
        table(path)
    case _:
        sys.exit(__doc__)
