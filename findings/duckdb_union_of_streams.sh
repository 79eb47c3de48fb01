#!/bin/sh
# DuckDB 2.0.1: of a UNION ALL of two Arrow streams (RecordBatchReader) the second is not touched before the first one
# is empty, with four threads and `preserve_insertion_order = false`, into a table, an aggregate or COPY alike.  Reading
# a table of PostgreSQL by two connections at once and uniting the two streams in SQL therefore gains nothing: one
# connection waits all the time that the other is read.  One stream that hands out the batches of both as they come is
# read from both.
#
# What helps: two reading threads and one RecordBatchReader over whatever is ready (`concurrent.futures.wait`).
#
# Output seen (which stream each batch was taken from):
#   united in SQL, into a table: 000000111111
#   united in SQL, counted: 000000111111
#   united in SQL, into Parquet: 000000111111
#   one stream over both: both within the first four
set -eu
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 2>/dev/null
cat >"$home/ask.py" <<'PYTHON'
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import duckdb
import pyarrow

SCHEMA = pyarrow.schema([("n", pyarrow.int64())])
BATCHES = 6


def slow(tag, taken):
    for _ in range(BATCHES):
        time.sleep(0.1)  # what a connection takes to send it
        taken.append(tag)
        yield pyarrow.record_batch([pyarrow.array(range(5000))], schema=SCHEMA)


def reader(batches):
    return pyarrow.RecordBatchReader.from_batches(SCHEMA, batches)


def both(streams):
    with ThreadPoolExecutor(len(streams)) as pool:
        waited = {pool.submit(next, stream, None): stream for stream in streams}
        while waited:
            for each in wait(waited, return_when=FIRST_COMPLETED).done:
                stream = waited.pop(each)
                if (batch := each.result()) is not None:
                    waited[pool.submit(next, stream, None)] = stream
                    yield batch


def duck():
    return duckdb.connect(config={"threads": 4, "preserve_insertion_order": "false"})


UNITED = "(FROM first UNION ALL FROM second)"
for said, statement in {
    "into a table": f"CREATE TABLE t AS FROM {UNITED}",
    "counted": f"SELECT count(*) FROM {UNITED}",
    "into Parquet": f"COPY {UNITED} TO '{sys.argv[1]}/united.parquet' (FORMAT parquet)",
}.items():
    taken, con = [], duck()
    con.register("first", reader(slow("0", taken)))
    con.register("second", reader(slow("1", taken)))
    con.execute(statement)
    print(f"united in SQL, {said}: {''.join(taken)}")
taken, con = [], duck()
con.register("one", reader(both([slow("0", taken), slow("1", taken)])))
assert con.execute("SELECT count(*) FROM one").fetchone() == (2 * BATCHES * 5000,)
print("one stream over both:", "both within the first four" if len({*taken[:4]}) == 2 else "".join(taken))
PYTHON
"$home/venv/bin/python" "$home/ask.py" "$home" >"$home/seen"
cat "$home/seen"
cat >"$home/wanted" <<'TEXT'
united in SQL, into a table: 000000111111
united in SQL, counted: 000000111111
united in SQL, into Parquet: 000000111111
one stream over both: both within the first four
TEXT
cmp "$home/seen" "$home/wanted"
