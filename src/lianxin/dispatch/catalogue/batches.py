"""How the catalogue is changed: rows are drafted in a batch, looked at together, and enacted or dropped together.

Nothing of a row in force is ever written over: the next version ends it.  What was done to the catalogue stands in the
journal, with a digest of the rows that came into force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from lianxin.ledger import journal
from lianxin.ledger.chain import canonical

from ..models import CatalogueBatch, CatalogueRow
from .proposing import in_force

#: What a row says; what is not here says only which version it is.
SAID = (
    *("item", "category_id", "words", "lead_id", "dual_id", "assists", "basis", "basis_text", "basis_day"),
    *("procedure", "limit", "scope", "script", "owner_id", "removed"),
)
WROTE, ENACTED, DROPPED = "catalogue.written", "catalogue.enacted", "catalogue.dropped"

Key = tuple[str, int | None]


class Overtaken(Exception):
    """Meanwhile another batch has changed rows of this one, or it is no draft any more.  `rows`: which."""

    def __init__(self, rows: Iterable[CatalogueRow] = ()) -> None:
        self.rows = list(rows)
        super().__init__("、".join(f"{row.code} {row.item}" for row in self.rows))


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes the catalogue of which centre, and when."""

    centre: int
    staff: int
    at: datetime


def key(row: CatalogueRow) -> Key:
    """What a row is through all its versions: its item in its area."""
    return row.code, row.area_id


def said(row: CatalogueRow) -> dict[str, Any]:
    """What a row says."""
    return {name: getattr(row, name) for name in SAID}


def begin(who: Who, title: str, source: str) -> CatalogueBatch:
    """An empty draft."""
    return CatalogueBatch.objects.create(
        centre_id=who.centre, title=title, source=source, made_by_id=who.staff, made_at=who.at
    )


def newest(centre: int, keys: Iterable[Key] | None = None) -> dict[Key, CatalogueRow]:
    """The last version of each row that has ever come into force or will on a day to come; of `keys` alone, if
    given."""
    rows = CatalogueRow.objects.filter(centre=centre, since__isnull=False, until=None)
    if keys is not None:
        wanted = {*keys}
        rows = rows.filter(code__in={code for code, _ in wanted})
        return {key(row): row for row in rows if key(row) in wanted}
    return {key(row): row for row in rows}


def draft(batch: CatalogueBatch, rows: Iterable[CatalogueRow]) -> int:
    """Put rows into a draft, in the place of what it says of the same; how many change anything.  A row that says what
    is in force already is taken out again: nothing comes of it.  Raises Overtaken for what is no draft."""
    by_key = {key(row): row for row in rows}
    with transaction.atomic():
        _locked(batch)
        there = newest(batch.centre_id, by_key)
        made = []
        for which, row in by_key.items():
            before = there.get(which)
            if before is None and row.removed:
                continue
            if before is not None and said(before) == said(row):
                continue
            row.centre_id, row.batch, row.since, row.until = batch.centre_id, batch, None, None
            row.over, row.version = before, before.version + 1 if before else 1
            made.append(row)
        _of(batch, by_key).delete()
        CatalogueRow.objects.bulk_create(made, batch_size=1000)
    return len(made)


def take_out(batch: CatalogueBatch, keys: Iterable[Key]) -> None:
    """These are not changed by the draft after all.  Raises Overtaken."""
    with transaction.atomic():
        _locked(batch)
        _of(batch, keys).delete()


def _of(batch: CatalogueBatch, keys: Iterable[Key]) -> Any:
    wanted = {*keys}
    rows = batch.rows.filter(code__in={code for code, _ in wanted})
    return CatalogueRow.objects.filter(pk__in=[row.pk for row in rows if key(row) in wanted])


def overtaken(batch: CatalogueBatch) -> list[CatalogueRow]:
    """The rows of a draft that another batch has changed since they were drafted."""
    over = Q(over__isnull=False, over__until__isnull=False)
    found = list(batch.rows.filter(over).order_by("code", "area")[:20])
    new = batch.rows.filter(over=None)
    there = newest(batch.centre_id, [key(row) for row in new]) if new.exists() else {}
    return found + [row for row in new.order_by("code", "area") if key(row) in there][:20]


def enact(batch: CatalogueBatch, who: Who, since: datetime) -> int:
    """The rows of a draft hold from `since` on, what they replace until then; how many.

    Raises Overtaken where another batch came first, and ValueError, with a sentence, for a day before that of a version
    that they replace, and for a draft of nothing.
    """
    with transaction.atomic():
        journal.turn(who.centre)  # two batches at once would end the same version twice
        _locked(batch)
        if late := overtaken(batch):
            raise Overtaken(late)
        rows = list(batch.rows.select_related("over").order_by("code", "area_id"))
        if not rows:
            raise ValueError("这一批没有改动任何条目")
        if early := next((row for row in rows if row.over and row.over.since and row.over.since >= since), None):
            raise ValueError(f"“{early.item}”的现行一条自更晚的时间起生效，请选择更晚的日期")
        CatalogueRow.objects.filter(pk__in=[row.over_id for row in rows if row.over_id]).update(until=since)
        batch.rows.update(since=since)
        batch.since, batch.enacted_at, batch.enacted_by_id = since, who.at, who.staff
        batch.save()
        _note(who, ENACTED, batch, rows=len(rows), since=since.isoformat(), digest=digest(rows))
    return len(rows)


def drop(batch: CatalogueBatch, who: Who) -> None:
    """A draft that comes to nothing; what it said can still be read.  Raises Overtaken."""
    with transaction.atomic():
        _locked(batch)
        batch.dropped_at = who.at
        batch.save()
        _note(who, DROPPED, batch)


def wrote(batch: CatalogueBatch, who: Who, rows: int) -> None:
    """That somebody drafted rows, in the journal."""
    _note(who, WROTE, batch, rows=rows)


def digest(rows: Iterable[CatalogueRow]) -> str:
    """SHA-256 of what the rows of a batch say."""
    told = [[*key(row), row.version, *(_plain(value) for value in said(row).values())] for row in rows]
    return hashlib.sha256(canonical(told)).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _locked(batch: CatalogueBatch) -> None:
    """Nobody else changes it meanwhile, and it is still a draft."""
    found = CatalogueBatch.objects.select_for_update().get(pk=batch.pk)
    if not found.is_draft:
        raise Overtaken


def _note(who: Who, action: str, batch: CatalogueBatch, **more: Any) -> None:
    payload: Mapping[str, Any] = {"batch": batch.pk, "title": batch.title, **more}
    journal.write(who.centre, action, at=who.at, staff=who.staff, payload=dict(payload))


def stale(centre: int, at: datetime, day: Any) -> Any:
    """The rows in force whose basis nobody has looked at since `day`."""
    return in_force(centre, at).filter(Q(basis_day=None) | Q(basis_day__lt=day))


def without_unit(centre: int, at: datetime) -> Any:
    """The rows in force that name no unit, or one that is out of use."""
    no_one = Q(lead=None, script="") | Q(lead__active=False) | Q(dual__active=False)
    return in_force(centre, at).filter(no_one)


def versions(centre: int, code: str, area: int | None) -> Any:
    """All versions of a row that came into force, the newest first."""
    rows = CatalogueRow.objects.filter(centre=centre, code=code, area=area, since__isnull=False)
    return rows.select_related("batch", "batch__enacted_by", "lead", "dual", "category", "area").order_by(
        F("since").desc(), "-version"
    )
