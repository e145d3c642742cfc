"""SQLite in WAL mode with synchronous=FULL, as the peer of the throughput example: durable 1 KiB rows.

Usage: sqlite_wal.py FILE SECONDS BATCH; prints records a second, p50 and p99 in milliseconds.
"""
import os, sqlite3, sys, time

path, seconds, batch = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE log(id INTEGER PRIMARY KEY, content BLOB)")
rows = [(os.urandom(1024),) for _ in range(batch)]
times, end = [], time.perf_counter() + seconds
started = time.perf_counter()
while time.perf_counter() < end:
    before = time.perf_counter()
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO log(content) VALUES (?)", rows)
    db.execute("COMMIT")
    times.append(time.perf_counter() - before)
elapsed = time.perf_counter() - started
times.sort()
print(f"{len(times) * batch / elapsed:.0f} {times[len(times) // 2] * 1e3:.2f} {times[len(times) * 99 // 100] * 1e3:.2f}")
