"""A row of the directory that is not ours, looked at and accepted: by a person, with a reason, under the seals.

`verify` names such a row until every column is again what we wrote last (`directory.proof`).  Where somebody has looked
at it and it is right as it stands (a post set by hand in an emergency), it is signed anew: one row at a time, as it was
shown and no other, by an administrator whose own row is ours and whom it does not concern.  The line in the journal
is sealed like all others, and `verify` tells of it for good.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from lianxin.directory import administration, proof
from lianxin.directory.models import Centre, Post, Staff
from lianxin.directory.roles import Role

from . import journal, seals
from .acts import Refused
from .models import Journal, SealedDirectory

ACTION = "directory.accepted"
#: Former states of a row that are tried; each costs a digest, so this is a few seconds.
_TRIES = 100_000
_SECRET = ("password",)
#: The texts of an adopted pack are a book.
_LONGEST = 200
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A row that `verify` names: what it is, what stands in it, what is known of before, and a mark of exactly this.

    `columns` are (title, now); `before` are (title, then) where the digest that we wrote tells it; `gone`: the row was
    deleted.
    """

    table: str
    id: int
    name: str
    columns: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, str], ...]
    said: str
    mark: str
    gone: bool = False


def doubtful(centre: Centre, table: str, pk: int) -> Doubtful:
    """The row of the centre's directory, as it is to be looked at.  Raises `Refused` where nothing is wrong with it."""
    model = _model(table)
    row = _rows(model, centre).filter(pk=pk).first()
    if row is None:
        return _gone(centre, model, pk)
    if proof.is_ours(row):
        raise Refused("这一行由本系统写入，没有不符，不需要认可")
    names = [f for f in row._meta.concrete_fields if f.attname not in proof.BESIDE]
    found = _before(row, centre)
    before = tuple((_title(row, name), _shown(row, name, value)) for name, value in (found or {}).items())
    columns = tuple((_title(row, f.attname), _shown(row, f.attname, getattr(row, f.attname))) for f in names)
    return Doubtful(table, pk, f"{model._meta.verbose_name}“{row}”", columns, before, _said(row, found), _mark(row))


def accept(centre: Centre, table: str, pk: int, mark: str, *, by: Staff, reason: str, at: datetime) -> None:
    """Sign the row as it stands, if it still is what was shown (`mark`), and write it down.  Raises `Refused`."""
    if not reason.strip():
        raise Refused({"reason": "请写明理由：谁核对过，为什么这样是对的"})
    model = _model(table)
    _may(centre, by, model, pk, at)
    with transaction.atomic():
        list(_rows(model, centre).filter(pk=pk).select_for_update(no_key=True))
        found = doubtful(centre, table, pk)
        if found.mark != mark:
            raise Refused("列出以后这一行又有变化，没有认可；请重新核对")
        # A seal says what the directory was under a stamp; not every table of it renews the stamp by itself.
        # Before the journal: who deletes a row takes the two in this order.
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE directory_revision SET stamp = nextval('directory_stamp') WHERE centre_id = %s", [centre.pk]
            )
        payload = {"table": table, "id": pk, "name": found.name, "reason": reason.strip(), "mark": mark}
        payload |= {"columns": [title for title, _ in found.before], "gone": found.gone}
        journal.write(centre.pk, ACTION, at=at, staff=by.pk, payload=payload)
        if found.gone:
            gone = {"table": table, "id": pk, "accepted": True}
            journal.write(centre.pk, "directory.deleted", at=at, staff=by.pk, payload=gone)
        else:
            proof.prove(model, [pk])


def accepted(centre: int | None) -> Iterator[str]:
    """A sentence for each row that was accepted so, for whoever reads what `verify` says."""
    lines = Journal.objects.filter(action=ACTION).select_related("centre", "staff").order_by("centre_id", "number")
    for line in lines.filter(centre=centre) if centre else lines:
        done = "的删除" if line.payload["gone"] else ""
        who = line.staff.name if line.staff else ""
        yield (
            f"{line.centre}资料：{line.payload['name']}（{line.payload['table']}:{line.payload['id']}）{done}"
            f"曾与本系统所写不符，{line.at:%Y-%m-%d %H:%M} 由{who}认可：{line.payload['reason']}"
        )


def _model(table: str) -> type[proof.Proven]:
    found = next((m for m in proof.tables() if m._meta.model_name == table), None)
    if found is None:
        known = "、".join(str(m._meta.model_name) for m in proof.tables())
        raise Refused(f"没有名为“{table}”的资料表（现有：{known}）")
    return found


def _rows(model: type[proof.Proven], centre: Centre) -> models.QuerySet[Any]:
    return model._base_manager.filter(**{proof.path(model): centre.pk})


def _gone(centre: Centre, model: type[proof.Proven], pk: int) -> Doubtful:
    """A row that a seal knows and that was deleted without a line of the journal."""
    table = str(model._meta.model_name)
    last = SealedDirectory.objects.filter(centre=centre).order_by("-seal_id").first()
    if last is None or pk not in last.rows.get(table, ()) or (table, pk) in seals.deleted_rows(centre.pk):
        raise Refused(f"{centre.name}没有这一行，也没有不明的删除，请核对表名和编号")
    mark = hashlib.sha256(f"{centre.pk}:{table}:{pk}:gone".encode()).hexdigest()[:16]
    name = f"{model._meta.verbose_name} {pk}"
    return Doubtful(table, pk, name, (), (), "这一行被删除，没有记录；原来的内容无从得知", mark, gone=True)


def _may(centre: Centre, by: Staff, model: type[models.Model], pk: int, at: datetime) -> None:
    """Only an administrator who is one by rows of ours, and of no row that is his own."""
    # As the database has him now, not as whoever asks had him in hand.
    by = Staff._base_manager.get(pk=by.pk)
    if not proof.is_ours(by):
        raise Refused({"by": "经手人自己的资料也与本系统所写不符，不能认可别的资料"})
    posts = [post for post in Post.objects.filter(centre=centre) if by.pk in (post.holder_a_id, post.holder_b_id)]
    if not by.is_superuser:
        held = [post for post in posts if post.role == Role.ADMIN and proof.is_ours(post) and post.pk != pk]
        if administration.centre_of(by, at) != centre or not held:
            raise Refused({"by": "经手人须是本中心的系统管理员或超级管理员，且其岗位的资料没有不符"})
    own = (model is Staff and pk == by.pk) or (model is Post and pk in {post.pk for post in posts})
    if own:
        raise Refused({"by": "不能认可本人的资料或本人的岗位，请由另一位管理员核对"})


# --- what was before ------------------------------------------------------------------------------
def _before(row: Any, centre: Centre) -> Values | None:
    """The columns that somebody changed with what they were, where that can be found: the digest that we wrote fits one
    state only, so states that are likely are tried."""
    if row.mac is None:
        return None
    trial = type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})
    likely = {name: values for name, values in _likely(row, centre).items() if values}
    one = ({name: value} for name, values in likely.items() for value in values)
    two = (
        {first: a, second: b}
        for first, second in itertools.combinations(likely, 2)
        for a, b in itertools.product(likely[first], likely[second])
    )
    for values in itertools.islice(itertools.chain(_former(row), one, two), _TRIES):
        for name, value in values.items():
            setattr(trial, name, value)
        if proof.is_ours(trial):
            return {name: value for name, value in values.items() if value != getattr(row, name)}
        for name in values:
            setattr(trial, name, getattr(row, name))
    return None


def _likely(row: Any, centre: Centre) -> dict[str, list[Any]]:
    """By column what may have stood there: another row of the directory, another of its choices, nothing."""
    found: dict[str, list[Any]] = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.attname in proof.BESIDE:
            continue
        now = getattr(row, field.attname)
        values: list[Any] = [None] if field.null else []
        if isinstance(field, models.BooleanField):
            values += [True, False]
        elif field.choices:
            values += [key for key, _ in field.flatchoices] + ([""] if field.blank else [])
        elif isinstance(field, models.ForeignKey) and issubclass(field.related_model, proof.Proven):
            values += _rows(field.related_model, centre).order_by("pk").values_list("pk", flat=True)
        elif field.blank and isinstance(field, models.CharField | models.TextField):
            values.append("")
        found[field.attname] = [value for value in values if value != now]
    return found


def _former(row: Any) -> Iterator[Values]:
    """What the row was before earlier changes, as the database keeps it of units and categories."""
    if row.former is None:
        return
    names = {f.attname for f in row.former._meta.concrete_fields} - {"id", "mac", "row_id", "known_to"}
    for kept in row.former._base_manager.filter(row_id=row.pk).order_by("-known_to")[:50]:
        yield {name: getattr(kept, name) for name in names if hasattr(row, name)}


def _said(row: Any, found: Values | None) -> str:
    if row.mac is None:
        return "这一行从来不是由本系统写入的"
    if found:
        return "其余各列与本系统最后所写相同"
    return "改动了哪几列、原来是什么，无从得知"


# --- showing --------------------------------------------------------------------------------------
def _mark(row: models.Model) -> str:
    """Of exactly this content: nobody without the key makes another with the same."""
    return proof.mac_of(row).hex()[:16]


def _title(row: models.Model, name: str) -> str:
    field: Any = row._meta.get_field(name)
    return str(field.verbose_name)


def _shown(row: models.Model, name: str, value: Any) -> str:
    if name in _SECRET:
        return "（不显示）"
    if value is None or value == "":
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    field: Any = row._meta.get_field(name)
    if isinstance(field, models.ForeignKey):
        other = field.related_model._base_manager.filter(pk=value).first()
        return f"{other}（{value}）" if other is not None else str(value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…（共 {len(text)} 字）"
