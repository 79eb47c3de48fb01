"""Years of orders without texts, made by SQL from one order that the ledger made: for what only counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lianxin.ledger.door import record_many

from . import acts
from .ground import Ground, now, query

#: Where the made-up orders begin: above all that the ledger gives here.
BASE = 1 << 36


@dataclass
class History:
    """Orders that were dispatched to one of 300 units, passed, and called back in three cases of ten.

    `whole`: with their stays and their acts, these without what was said.
    """

    ground: Ground
    template: int
    made: int = 0
    whole: bool = False

    @classmethod
    def begin(cls, ground: Ground, *, whole: bool = False) -> History:
        """With the order that all others are like."""
        results = record_many(acts.lives(ground, 1, at=now(), keyed=False))
        there = query("SELECT coalesce(max(id), %s) - %s FROM orders_order WHERE id > %s", BASE, BASE, BASE)[0][0]
        return cls(ground, results[0].order, there, whole)  # type: ignore[union-attr]

    def add(self, number: int, start: datetime, end: datetime) -> None:
        """`number` orders, evenly from `start` to `end`."""
        query("SET session_replication_role = replica")  # no checks of foreign keys: all of them are the template's
        values = (start, (end - start) / max(number, 1), self.made + 1, number)
        for statement in self._statements():
            query(
                "WITH made AS (SELECT n, %s::timestamptz + %s * (n - %s) AS at "
                f"FROM generate_series(%s::bigint, %s::bigint) n) {statement.replace('%', '%%')}",
                *values[:3], values[2], values[2] + number - 1,
            )  # fmt: skip
        query("SET session_replication_role = origin")
        self.made += number

    def _statements(self) -> list[str]:
        units, leaves = self.ground.units(), [c.id for c in self.ground.directory.categories.values() if c.level == 3]
        order, moved = f"{BASE} + n", f"(({BASE} + n) << 16)"
        unit = f"({_array(units)})[1 + n % {len(units)}]"
        category = f"({_array(leaves)})[1 + (n / 7) % {len(leaves)}]"
        source, cls = "CASE WHEN n % 5 < 4 THEN 'city' ELSE 'province' END", "'help'"
        ended = "at + interval '40 hours'"
        common = {"category_id": category, "source": source, "cls": cls}
        known = {"registered_at": "at", "registered_recorded_at": "at", "received_at": "at", "dispatched_at": "at"}
        done = {"closed_at": ended, "told_at": ended, "result_code": "'done'", "state": "'closed'", "node": "'ended'"}
        nobody = {"owner_unit_id": "NULL", "owner_post_id": "NULL", "owner_person_id": "NULL", "due_at": "NULL"}
        head = {"id": order, "number": "'H' || n"}
        share = {"unit_id": unit, "dispatched_recorded_at": "at", "ended_at": ended, "ended_recorded_at": ended}
        share |= {"state": "'passed'", "outcome": "'passed'", "signed_at": "at"}
        clock = {
            "start": "at",
            "known_from": "at",
            "due": "at + interval '5 days'",
            "ended_at": ended,
            "end": "'met'",
            "next_at": "NULL",
        }
        late = {"breached_at": "CASE WHEN n % 10 = 0 THEN at + interval '30 hours' END"}
        stay = {"entered_at": "at", "entered_recorded_at": "at", "left_at": ended, "left_recorded_at": ended}
        act = {"at": "made.at", "recorded_at": "made.at", "written_at": "made.at", "payload": "'{}'", "key": "NULL"}
        more = [
            self._copies("ledger_stay", stay | {"last": "true"}, moved, "t.left_at IS NULL"),
            self._copies("ledger_entry", act, moved),
        ]
        return [
            *(more if self.whole else ()),
            self._copies("orders_order", head | common | known | done | nobody),
            self._copies("orders_facts", {"known_from": "at", "known_to": "NULL"} | common, moved),
            self._copies("orders_share", known | share, moved),
            self._copies(
                "ledger_clock", clock | late | {"ended_recorded_at": ended}, moved, "kind IN ('handle', 'sign')"
            ),
            "INSERT INTO followup_callback (order_id, id, share_id, unit_id, layer, round, finished_at,"
            " recorded_at, reached, process_grade, result_grade, process_satisfied, result_satisfied, solved)"
            f" SELECT {order}, {moved} + 9, {moved} + (a.id & 65535), {unit}, 'city', 1, {ended}, {ended}, true,"
            " 'satisfied', 'satisfied', n % 20 > 0, n % 9 > 0, n % 9 > 0"
            f" FROM made, orders_share a WHERE a.order_id = {self.template} AND n % 10 < 3",
        ]

    def _copies(self, table: str, changed: Mapping[str, str], moved: str = "", which: str = "true") -> str:
        """The template's rows of a table with other ids, and `changed` columns as expressions of `n` and `at`."""
        names = query(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            table,
        )
        values = dict(changed)
        if moved:
            values |= {"order_id": f"{BASE} + n", "id": f"{moved} + (t.id & 65535)"}
        if "share_id" in {name for (name,) in names}:
            values["share_id"] = f"{moved} + (t.share_id & 65535)"
        chosen = ", ".join(values.get(name, f't."{name}"') for (name,) in names)
        owner = "order_id" if moved else "id"
        return (
            f"INSERT INTO {table} ({', '.join(chr(34) + name + chr(34) for (name,) in names)}) "
            f"SELECT {chosen} FROM made, {table} t WHERE t.{owner} = {self.template} AND {which}"
        )


def _array(ids: list[int]) -> str:
    return f"'{{{','.join(map(str, ids))}}}'::bigint[]"
