"""The dispatch catalogue: what it proposes for an order out of 4,000 items in 60 areas, as a ratio to an index look-up
in the same run; and 200 orders dispatched by it in one batch, beside 200 dispatched one by one, in processor time.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from itertools import product
from statistics import median, quantiles

import psutil

from lianxin.directory import snapshot
from lianxin.directory.models import Area, Category, Centre, Unit
from lianxin.dispatch.catalogue import batches
from lianxin.dispatch.catalogue.batches import Who
from lianxin.dispatch.catalogue.proposing import Asked, payload, propose
from lianxin.dispatch.models import CatalogueRow
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record, record_many
from lianxin.orders.models import Order

from . import acts
from .ground import Ground, now, query
from .measured import Measured, timed

ITEMS, AREAS, ASKED = 4_000, 60, 1_000
BATCH, ROUNDS = 200, 5


def run(ground: Ground) -> list[Measured]:
    """The p95 of a proposal, over that of a look-up; and the cost of a batch over that of single acts."""
    centre = ground.directory.centre_id
    _catalogue(centre)
    return [*_proposals(centre), _batches(ground)]


def _catalogue(centre: int) -> None:
    """Every item in every area: 240,000 rows, of units and categories that there are."""
    home, rng = Centre.objects.get(pk=centre), random.Random(38)
    missing = AREAS - home.areas.filter(parent=None).count()
    for n in range(missing):
        Area.objects.create(centre=home, name=f"测试镇{n:02}")
    areas = list(home.areas.filter(parent=None).values_list("pk", flat=True)[:AREAS])
    leaves = list(Category.objects.filter(centre=home, level=3).values_list("pk", flat=True))
    units = list(Unit.objects.filter(centre=home, parent__isnull=False).values_list("pk", flat=True))
    who = Who(centre, home.staff.earliest("pk").pk, now())
    batch = batches.begin(who, "压测目录", "sheet")
    rows = (
        CatalogueRow(
            centre=home,
            batch=batch,
            code=f"B{item:04}",
            item=f"事项{item}",
            category_id=leaves[item % len(leaves)],
            area_id=area,
            words=f"词{item}",
            lead_id=rng.choice(units),
            basis="powers",
            since=now(),
        )
        for item, area in product(range(ITEMS), areas)
    )
    CatalogueRow.objects.bulk_create(rows, batch_size=5_000)
    query("ANALYZE dispatch_cataloguerow")


def _proposals(centre: int) -> list[Measured]:
    directory = snapshot.of(centre)
    rows = CatalogueRow.objects.filter(batch__title="压测目录").order_by("?")[:ASKED]
    wanted = list(rows.values_list("pk", "category", "area", "words"))
    ours, lookups = [], []
    for n, (pk, category, area, words) in enumerate(wanted):
        # In turn, so that both meet the same machine.
        asked = [Asked(n, category, area, f"反映{words}的问题，请求尽快处理。")]
        lookups.append(timed(lambda pk=pk: CatalogueRow.objects.filter(pk=pk).values_list("code").get()))
        ours.append(timed(lambda asked=asked: propose(directory, asked, now())))
    p95, other = (quantiles(times, n=20)[-1] for times in (ours, lookups))
    more = {"rows": ITEMS * AREAS, "median, ms": median(ours) * 1000, "over an index look-up": p95 / other}
    return [Measured("a proposal of the catalogue, p95", p95 * 1000, 20, "ms", more=more)]


def _batches(ground: Ground) -> Measured:
    """Each round dispatches 200 orders one by one and 200 in one batch, by the same rows."""
    single = together = 0.0
    for _ in range(ROUNDS):
        one_by_one, batch = _waiting(ground), _waiting(ground)
        before = _taken(ground)
        for act in one_by_one:
            record(act)
        between = _taken(ground)
        record_many(batch)
        single, together = single + between - before, together + _taken(ground) - between
    more = {"single, ms an order": single / BATCH / ROUNDS * 1000}
    return Measured(
        "200 dispatches by the catalogue in one batch over one by one", together / single, 0.25, "", more=more
    )


def _waiting(ground: Ground) -> list[Act]:
    """200 orders that wait, each with its dispatch as the catalogue proposes it."""
    lives = acts.lives(ground, BATCH, at=now())
    orders = [done.order for done in record_many(lives[::2])]
    row = CatalogueRow.objects.filter(batch__title="压测目录").latest("pk")
    Order.objects.filter(pk__in=orders).update(category=row.category_id, area=row.area_id)
    directory = snapshot.of(ground.directory.centre_id)
    asked = [Asked(pk, row.category_id, row.area_id, row.words) for pk in orders]
    found = propose(directory, asked, now())
    pack = directory.pack(now())
    given = {pk: payload(found[pk][0], pack) for pk in orders}
    return [replace(act, order=pk, payload=given[pk]) for act, pk in zip(lives[1::2], orders, strict=True)]


def _taken(ground: Ground) -> float:
    """Processor time of this process and of the database so far."""
    server = psutil.Process(int((ground.folder / "pg" / "postmaster.pid").read_text().split()[0]))
    times = server.cpu_times()
    ended = times.user + times.system + times.children_user + times.children_system
    running = sum(sum(child.cpu_times()[:2]) for child in server.children())
    return time.process_time() + ended + running
