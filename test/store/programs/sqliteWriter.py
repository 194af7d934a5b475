"""Writes with the real SQLite until it is killed, or prints what the real SQLite reads.

sqliteWriter.py write PATH PAGE_SIZE CHECKPOINT SEED
sqliteWriter.py read PATH
"""

import json
import os
import random
import sqlite3
import sys

mode, path = sys.argv[1:3]
database = sqlite3.connect(path, isolation_level=None)

if mode == "read":
    rows = database.execute("SELECT id, name, length(body), substr(hex(body), 1, 16) FROM things ORDER BY id").fetchall()
    print(json.dumps(rows))
    sys.exit(0)

page_size, checkpoint, seed = (int(word) for word in sys.argv[3:6])
rng = random.Random(seed)
database.execute(f"PRAGMA page_size = {page_size}")
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = OFF")
database.execute(f"PRAGMA wal_autocheckpoint = {checkpoint}")
# What spills into the log before its transaction ends must not be taken for committed.
database.execute("PRAGMA cache_size = 5")
database.execute("CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY, name TEXT, body BLOB)")
n = 0
while True:
    database.execute("BEGIN")
    for _ in range(rng.randint(1, 30)):
        n += 1
        database.execute("INSERT INTO things VALUES (?, ?, ?)", (n, f"thing {n}", os.urandom(rng.choice([3, 40, 900, 20_000]))))
    if rng.random() < 0.3:
        database.execute("DELETE FROM things WHERE id % 7 = ?", (rng.randint(0, 6),))
    if rng.random() < 0.2:
        database.execute("UPDATE things SET body = zeroblob(10) WHERE id % 5 = 0")
    database.execute("ROLLBACK" if rng.random() < 0.2 else "COMMIT")
    print(n, flush=True)
    if rng.random() < 0.05:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
