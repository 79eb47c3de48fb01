"""A queue under a long history: closed orders by the million, made inside the database from those that were imported.

They are copies, the same way in both trees, whatever their tables are called: of the order's row and of the rows of
every table that has an `order_id`, read from the catalogue.  Left out are what no list and no count reads: entries
with their proofs, words, callers, files, notices.  Nothing of it is the ledger's, so the folder of such a tree is good
for looking at and no longer for `verify`.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field

import click
import psycopg

from .data import DISPATCHER, Sizes
from .trees import Site
from .visits import Cannot, Found, look, signed_in

#: Where the made-up orders begin: above all that the ledger gives here.
BASE = 1 << 36
ORDER = "orders_order"
#: Ends of the names of tables that are left out.
LEFT_OUT = ("entry", "enclosure", "sealleaf", "appeal", "caller", "attachment", "notice", "presence")
#: Over which the copies are spread, all of them before what was imported.
HALF_YEARS = 4
ROWS, VIEWS, FIRST_VIEWS = 50, 20, 40
DONE = "kept.json"
ADDRESS = "from lianxin.ops import places, postgres; print(postgres.Cluster(places.CLUSTER).url)"


def open_queue(site: Site, turn: int) -> Found:
    """The dispatcher's open queue, page after page until it has shown 50 orders, with a million closed ones kept.

    A page shows 40 rows: where `--waiting 50` was laid, a view is the whole queue, 50 rows on two pages.  Both trees
    must show the same 50 orders first, those that were laid first.
    """
    sizes = site.kept["sizes"]
    assert isinstance(sizes, Sizes)
    fill(site, sizes.kept)
    shown, paths, drawn = list[str](), list[str](), 0
    while len(shown) < ROWS:
        paths.append(f"/?queue=dispatch&page={len(paths) + 1}")
        text = look(signed_in(site, DISPATCHER), paths[-1])
        rows = re.findall(r'class="lx-open"[^>]*>[^<]*第 (\d+) 户<', text)
        if not rows:
            raise Cannot(f"the queue shows {len(shown)} orders")
        shown += rows
        drawn += text.count('class="lx-open"')
    if shown[:ROWS] != [str(number) for number in range(ROWS)]:
        # Both trees show these, or the one draws other rows than the other.
        raise Cannot(f"the queue does not begin with the first {ROWS} that were laid: {' '.join(shown[:ROWS])}")
    # Each thread of each web process has a connection to the database of its own, which plans anew what it never asked.
    for path in paths * FIRST_VIEWS if "queue looked at" not in site.kept else ():
        look(signed_in(site, DISPATCHER), path)
    site.kept["queue looked at"] = True
    spent = [_spent(site, path) for path in paths]
    pages = {f"ms of processor its page {number}": cost for number, cost in enumerate(spent, 1)}
    return {f"ms of processor a view of {drawn} rows on {len(paths)} pages": sum(spent), **pages}


def _spent(site: Site, path: str) -> float:
    """Milliseconds of processor a look, each over a connection of its own."""
    browsers = [signed_in(site, DISPATCHER) for _ in range(VIEWS)]
    start = site.processor_time()
    for browser in browsers:
        browser.ask(path)
    return (site.processor_time() - start) / VIEWS * 1000


def fill(site: Site, wanted: int) -> None:
    """See to it that so many closed orders were made up; what was made before in this folder is taken."""
    done = site.tree.var / "bench" / DONE
    there = json.loads(done.read_text())["kept"] if done.exists() else 0
    if there > wanted:
        raise click.ClickException(f"{site.tree.var} keeps {there:,} made-up orders already; remove it or take those.")
    if there == wanted:
        return
    click.echo(f"making {wanted - there:,} closed orders in {site.tree.name} …", err=True)
    start = time.monotonic()
    with psycopg.connect(site.tree.python(ADDRESS).strip(), autocommit=True) as connection:
        copies = Copies(connection)
        with connection.transaction():
            copies.make(there, wanted)
        for table in copies.tables:
            # Now, and not by itself while somebody measures.
            connection.execute(f"VACUUM (ANALYZE) {table}".encode())
        connection.execute("CHECKPOINT")
    done.write_text(json.dumps({"kept": wanted}))
    click.echo(f"made in {time.monotonic() - start:.0f} s", err=True)


@dataclass
class Copies:
    """Copies of the imported closed orders.

    A part of an order has the order's id in its upper bits and its number in the lowest sixteen, in both trees; so has
    whatever points to a part.
    """

    connection: psycopg.Connection
    tables: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        found = self._read(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND column_name = 'order_id' ORDER BY table_name"
        )
        self.tables = [ORDER, *(name for (name,) in found if not name.endswith(LEFT_OUT))]

    def make(self, first: int, last: int) -> None:
        """Copies number `first` to `last` - 1, with all that belongs to them."""
        self._read("SET LOCAL session_replication_role = replica")  # no trigger, no check of a foreign key
        self._read("SET LOCAL synchronous_commit = off")
        closed = f"FROM {ORDER} WHERE state = 'closed' AND id < {BASE} AND upstream_number LIKE 'H%'"
        ((number,),) = self._read(f"SELECT count(*)::text {closed}")
        if number == "0":
            raise Cannot("no closed order was imported that could be copied")
        self._read(
            f"CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT n, {BASE} + n AS id, closed.id AS model,"
            f" (1 + n / {number} % {HALF_YEARS}) * interval '180 days' AS earlier"
            f" FROM generate_series({first}, {last - 1}) n"
            f" JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn {closed}) closed ON turn = n % {number}"
        )
        self._read("ANALYZE made")
        # Indexes are made at once when all is there; what lets a value in only once stays.
        self._read("SET LOCAL maintenance_work_mem = '512MB'")
        self._read("SET LOCAL lock_timeout = '60s'")
        indexes = self._indexes()
        for name, _ in indexes:
            self._read(f"DROP INDEX {name}")
        for table in self.tables:
            self._copy(table)
        for _, definition in indexes:
            self._read(definition)

    def _indexes(self) -> list[tuple[str, ...]]:
        tables = ", ".join(f"'{name}'::regclass" for name in self.tables)
        return self._read(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            f" WHERE indrelid IN ({tables}) AND NOT indisunique"
        )

    def _copy(self, table: str) -> None:
        parts, unique = self._pointers(table), self._unique(table)
        values: dict[str, str] = {}
        for name, kind, own in self._columns(table):
            column = f't."{name}"'
            if own:
                continue  # numbered by the database itself
            if name == "order_id" or (table == ORDER and name == "id"):
                column = "made.id"
            elif name == "id" or name in parts:
                column = f"(made.id << 16) | ({column} & 65535)"
            elif name in unique and kind == "character varying":
                column = f"'K' || made.n || '-' || {column}"
            elif kind == "timestamp with time zone":
                column = f"{column} - made.earlier"
            values[f'"{name}"'] = column
        key = "id" if table == ORDER else "order_id"
        self._read(
            f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
            f" FROM made JOIN {table} t ON t.{key} = made.model ORDER BY made.n"
        )

    def _columns(self, table: str) -> list[tuple[str, str, bool]]:
        return self._read(
            "SELECT column_name, data_type, is_identity = 'YES' OR is_generated = 'ALWAYS'"
            f" FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
            " ORDER BY ordinal_position"
        )

    def _pointers(self, table: str) -> set[str]:
        """Columns that point to a part of an order."""
        tables = ", ".join(f"'{name}'::regclass" for name in self.tables if name != ORDER)
        return self._names(
            "SELECT attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)"
            f" WHERE contype = 'f' AND conrelid = '{table}'::regclass AND confrelid IN ({tables})"
        )

    def _unique(self, table: str) -> set[str]:
        """Columns of which the database allows each value once."""
        return self._names(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)"
            f" WHERE indisunique AND indrelid = '{table}'::regclass"
        )

    def _names(self, statement: str) -> set[str]:
        return {name for (name,) in self._read(statement)}

    def _read(self, statement: str) -> list[tuple[str, ...]]:
        cursor = self.connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
