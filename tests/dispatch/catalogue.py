"""A catalogue for tests: rows of a few items, drafted and enacted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast

from lianxin.directory.models import Category
from lianxin.dispatch.catalogue import batches
from lianxin.dispatch.catalogue.batches import Who
from lianxin.dispatch.models import CatalogueBatch, CatalogueRow


def category(cast: Cast, name: str) -> int:
    return Category.objects.get(centre=cast.centre, name=name).pk


def row(cast: Cast, code: str, about: str, lead: str | None = "heat", **more: Any) -> CatalogueRow:
    """A row: `about` is its category."""
    for name in ("dual", "owner"):
        if name in more:
            more[f"{name}_id"] = cast.units[more.pop(name)].pk
    more["assists"] = [cast.units[unit].pk for unit in more.get("assists", ())]
    said = {"item": code, "basis": "powers", "basis_text": "城镇供热管理办法"} | more
    return CatalogueRow(
        code=code, category_id=category(cast, about), lead_id=cast.units[lead].pk if lead else None, **said
    )


def who(cast: Cast, at: datetime, by: str = "supervisor") -> Who:
    return Who(cast.centre.pk, cast.staff[by].pk, at)


def drafted(cast: Cast, at: datetime, *rows: CatalogueRow) -> CatalogueBatch:
    batch = batches.begin(who(cast, at, "dispatcher"), "测试", "typed")
    batches.draft(batch, rows)
    return batch


def enacted(cast: Cast, at: datetime, *rows: CatalogueRow) -> CatalogueBatch:
    batch = drafted(cast, at, *rows)
    batches.enact(batch, who(cast, at), at)
    batch.refresh_from_db()
    return batch
