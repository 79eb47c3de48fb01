#!/bin/sh
# PySpark 4.3.0 on Java 17: a named argument of `SparkSession.sql` may be a list, but not one whose integers differ in
# size.  `args={"ids": [1, 2]}` is taken; `[1, 2**40]`, of which one fits into 32 bits and the other does not, is refused
# as "not a literal" (INVALID_SQL_ARG), and so is `[None, 1]`: Spark makes an array of one type by casting, and takes no
# cast for a literal.  Ids of rows are such lists: it works in every trial with young data and fails when the ids have
# grown past 2**31.  DuckDB 2.0.1 and psycopg take all three.
#
# What helps: hand the list over as JSON and say its type in the statement, `from_json(:ids, 'array<bigint>')`.
#
# Output seen:
#   [1, 2]: 1 row
#   [1, 1099511627776]: INVALID_SQL_ARG
#   [None, 1]: INVALID_SQL_ARG
#   as JSON, [1, 1099511627776]: 1 row
set -eu
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.0 'pandas<3' 2>/dev/null
cat >"$home/ask.py" <<'PYTHON'
import json

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
TABLE = "SELECT CAST(1 AS BIGINT) AS id"


def ask(said, statement, given):
    try:
        print(f"{said}: {len(spark.sql(statement, args={'ids': given}).collect())} row")
    except PySparkException as error:
        print(f"{said}: {error.getCondition()}")


for ids in ([1, 2], [1, 2**40], [None, 1]):
    ask(ids, f"SELECT id FROM ({TABLE}) WHERE array_contains(:ids, id)", ids)
listed = "array_contains(from_json(:ids, 'array<bigint>'), id)"
ask(f"as JSON, {[1, 2**40]}", f"SELECT id FROM ({TABLE}) WHERE {listed}", json.dumps([1, 2**40]))
PYTHON
"$home/venv/bin/python" "$home/ask.py" 2>/dev/null >"$home/seen"
cat "$home/seen"
cat >"$home/wanted" <<'TEXT'
[1, 2]: 1 row
[1, 1099511627776]: INVALID_SQL_ARG
[None, 1]: INVALID_SQL_ARG
as JSON, [1, 1099511627776]: 1 row
TEXT
cmp "$home/seen" "$home/wanted"
