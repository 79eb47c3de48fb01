"""What this installation itself wrote into a directory, provably: each row carries a keyed digest of its columns.

The key lies outside the database (`keyring.proof`): whoever hands a post to another holder by SQL cannot make the
digest that belongs to it.  Rows that vanish are found by the seals, which keep the list of rows (`ledger.seals`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, ClassVar

import orjson
from django.db import models, transaction

from lianxin.rules.worktime import SHANGHAI

from . import keyring

#: Columns that change without anybody having changed the directory, or follow from another column (how a name sounds).
BESIDE = {"mac", "last_login", "sort_key", "match_keys"}


class ProvenQuerySet(models.QuerySet[Any]):
    """Bulk changes are proven too."""

    def update(self, **columns: Any) -> int:
        """As Django's; the changed rows get their new digests, except those that were not ours before."""
        if columns.keys() <= BESIDE:
            return super().update(**columns)
        with transaction.atomic():
            there, ours = _locked(self.model, self.values_list("pk", flat=True))
            done = models.QuerySet.update(self.filter(pk__in=there), **columns)
            prove(self.model, ours)
            _prove_former(self.model, ours)
        return done

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's; what the rows were is proven."""
        with transaction.atomic():
            there, ours = _locked(self.model, self.values_list("pk", flat=True))
            done = models.QuerySet.delete(self.filter(pk__in=there))
            _prove_former(self.model, ours)
        return done

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's."""
        made = super().bulk_create(objs, *args, **kwargs)
        prove(self.model, [row.pk for row in made])
        return made


class Proven(models.Model):
    """Base of the directory's tables.  `mac` is over all other columns of the row."""

    mac = models.BinaryField(max_length=32, null=True, editable=False)

    #: the table in which a trigger keeps what a row was before a change (`history`); such rows are proven too
    former: ClassVar[type[models.Model] | None] = None

    objects = ProvenQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the digest of what the row then is; one that was not ours before stays unproven."""
        only = kwargs.get("update_fields")
        if only is not None and set(only) <= BESIDE:
            super().save(*args, **kwargs)
            return
        whole = only is None and not args and not self.get_deferred_fields()
        added = self._state.adding
        with transaction.atomic():
            there, ours = _locked(type(self), [] if self.pk is None else [self.pk])
            forged = bool(there) and not ours
            if whole and not added:
                # What was loaded from a forged row, or goes over one, must not wash it clean.
                self.mac = there[self.pk] if forged else mac_of(self)
            super().save(*args, **kwargs)
            if forged:
                return
            if not whole:
                prove(type(self), [self.pk])
            elif added:  # its id is known only now
                self.mac = mac_of(self)
                _store(type(self), self.pk, self.mac)
            if not added:
                _prove_former(type(self), [self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """As Django's; what the row was is proven."""
        with transaction.atomic():
            _, ours = _locked(type(self), [self.pk])
            done = super().delete(*args, **kwargs)
            _prove_former(type(self), ours)
        return done


def tables() -> list[type[Proven]]:
    """The proven tables of all apps, in a fixed order."""
    from django.apps import apps

    return sorted((m for m in apps.get_models() if issubclass(m, Proven)), key=lambda m: m._meta.db_table)


def _locked(model: type[models.Model], ids: Iterable[int]) -> tuple[dict[int, bytes | None], list[int]]:
    """Hold these rows until the transaction ends: (id -> digest of those that are there, ids of those that are ours).

    Asked before a change, since a digest made after it would sign whatever somebody had put there behind our back.
    """
    # Without their keys, which nobody changes: orders may go on pointing at them.
    rows = model._base_manager.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    found = list(rows)
    return {row.pk: row.mac for row in found}, [row.pk for row in found if is_ours(row)]  # type: ignore[attr-defined]


def prove(model: type[models.Model], ids: Iterable[int]) -> None:
    """Give these rows the digest of what the database holds of them now.  They are held, and were ours (`_locked`)."""
    rows = model._base_manager.filter(pk__in=list(ids))
    changed = []
    for row in rows:
        row.mac = mac_of(row)  # type: ignore[attr-defined]
        changed.append(row)
    if changed:
        models.QuerySet[Any](model).bulk_update(changed, ["mac"], batch_size=1000)


def _prove_former(model: type[models.Model], ids: Iterable[int]) -> None:
    """Prove what the trigger has kept of these rows in this transaction, and nothing that lay there before: a row that
    somebody slipped in stays unproven."""
    former: type[models.Model] | None = getattr(model, "former", None)
    if former is None:
        return
    this_transaction = (models.Func(function="transaction_timestamp"), models.Func(function="clock_timestamp"))
    kept = former._base_manager.filter(row_id__in=list(ids), mac=None, known_to__range=this_transaction)
    prove(former, kept.values_list("pk", flat=True))


def _store(model: type[models.Model], pk: int, mac: bytes) -> None:
    models.QuerySet(model).filter(pk=pk).update(mac=mac)


def mac_of(row: models.Model) -> bytes:
    """HMAC-SHA-256 over the row's columns as the database holds them (32 bytes), by their names: a migration sees them
    in another order than the code does."""
    fields = sorted((f for f in row._meta.concrete_fields if f.attname not in BESIDE), key=lambda f: f.attname)
    line = [row._meta.db_table, *([f.attname, _plain(f.to_python(getattr(row, f.attname)))] for f in fields)]
    return hmac.digest(keyring.proof(), orjson.dumps(line, option=orjson.OPT_SORT_KEYS), "sha256")


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def rows_of(centre: int) -> Iterator[models.Model]:
    """The rows of a centre's directory, table by table, in the order of their ids."""
    for model in tables():
        yield from model._base_manager.filter(**{path(model): centre}).order_by("pk").iterator()


def path(model: type[models.Model]) -> str:
    """How a table's rows are found by their centre."""
    names = {field.attname for field in model._meta.concrete_fields}
    return "pk" if model._meta.model_name == "centre" else "centre_id" if "centre_id" in names else "staff__centre"


def is_ours(row: models.Model) -> bool:
    """Whether this installation wrote the row as it stands."""
    return row.mac is not None and hmac.compare_digest(mac_of(row), bytes(row.mac))  # type: ignore[attr-defined]


def state(centre: int) -> tuple[dict[str, list[int]], bytes]:
    """Which rows the directory has, by table, and one digest (32 bytes) over their keyed digests."""
    found: dict[str, list[int]] = {}
    whole = hashlib.sha256()
    for row in rows_of(centre):
        name = str(row._meta.model_name)
        found.setdefault(name, []).append(row.pk)
        whole.update(f"{name}:{row.pk}:{bytes(row.mac or b'').hex()}\n".encode())  # type: ignore[attr-defined]
    return found, whole.digest()
