"""Where the measurements run: a durable PostgreSQL of their own, the tables, and a centre to work in."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianxin.ops.postgres import Cluster

if TYPE_CHECKING:
    from lianxin.directory.models import Centre
    from lianxin.directory.snapshot import Snapshot
    from lianxin.ledger.acts import Actor

UNITS = 300
PASSWORD = "bench-only"


@dataclass(frozen=True)
class Ground:
    """What every measurement needs.  `full`: take the time and the space for the 20 million."""

    folder: Path
    centre: Centre
    full: bool

    @property
    def directory(self) -> Snapshot:
        """The centre's directory."""
        from lianxin.directory import snapshot

        return snapshot.of(self.centre.pk)

    def actor(self, role: str, unit: int | None = None) -> Actor:
        """The A holder of the first such post of the centre, or of `unit`."""
        from lianxin.ledger.acts import Actor

        unit = unit or self.directory.root.id
        post = self.directory.posts_at(unit, role)[0]
        return Actor(role, self.centre.pk, post.holder_a, post.id, unit)

    def units(self) -> list[int]:
        """The ids of the handling units."""
        return [unit.id for unit in self.directory.units.values() if unit.parent is not None]


@contextlib.contextmanager
def laid(*, full: bool) -> Iterator[Ground]:
    """A fresh database under a temporary folder, with one centre of 300 units; all of it gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lianxin-bench-"))
    try:
        with Cluster(folder / "pg") as cluster:
            os.environ |= {
                "DATABASE_URL": cluster.url,
                "LIANXIN_VAR": str(folder),
                "LIANXIN_LIVE_PORT": "1",
                "LIANXIN_LOG": "WARNING",
                "DJANGO_SETTINGS_MODULE": "bench.settings",
            }
            import django

            django.setup()
            from django.db import connections

            from lianxin.ops import database

            database.migrate()
            yield Ground(folder, _centre(), full)
            connections.close_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _centre() -> Centre:
    """A city's centre under the Junan pack: half its units towns, half departments, each with its three posts."""
    from lianxin.ops.simulation import people

    tree = [
        (first, second, third)
        for first in ("居民生活", "城市管理", "交通运输", "政务服务", "社会保障")
        for second in ("一", "二", "三", "四")
        for third in ("甲", "乙", "丙", "丁", "戊")
    ]
    kinds = ("town", "department")
    plan: dict[str, Any] = {
        "centre": {
            "code": "bench",
            "name": "测速市热线中心",
            "body": "市政府办公室",
            "slogan": "",
            "upstream": "",
            "pack": "junan-2021",
        },
        "unit": [
            {"code": f"u{n:03d}", "name": f"单位{n:03d}", "type": kinds[n % 2], "group": kinds[n % 2]}
            for n in range(1, UNITS + 1)
        ],
        "village": [],
        **{name: [] for name in ("district", "full_time", "post", "charge")},
    }
    people.Company._name = _numbered_name  # type: ignore[method-assign]  # 1,800 people: more than there are names
    centre = people.found_centre(plan, tree, PASSWORD)
    assert date(2021, 1, 1) < now().date()
    return centre


def _numbered_name(self: Any) -> str:
    self.names.add(name := f"职员{len(self.names) + 1}")
    return name


def now() -> datetime:
    """The wall clock; measurements happen today."""
    return datetime.now(UTC)


def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """A statement by Django's connection; its rows, if it has any."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def last_order() -> int:
    """The id that the ledger gave last.  Rows that SQL made up lie far above, each kind in a range of its own."""
    return int(query("SELECT last_value FROM lianxin_order_id")[0][0])


def ids_that_stand_out() -> None:
    """From here on order ids are numbers that nothing else in a statement is."""
    query("SELECT setval('lianxin_order_id', %s)", max(last_order(), 1_000_000))
