"""Standard phrases (规范用语): texts that a unit, or the centre for everybody, keeps for a form and a reason of it.

They are kept in versions, offered beside the form, and counted where a version stands in what was accepted.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When

from lianxin.handling.actions.reply import BASIS_TITLES
from lianxin.ledger import journal, verbs
from lianxin.rules import lifecycle
from lianxin.rules.characters import clean
from lianxin.rules.pack import Pack

from . import entered, faces
from .asking import Asked
from .items import items
from .models import Phrase, PhraseUse
from .seats import Seat

WRITTEN, RETIRED, EXPORTED = "phrase.written", "phrase.retired", "phrases.exported"
#: Widgets of texts into which a phrase can go.
_TEXTS = frozenset({"textarea", "answers"})
#: So many are offered in one form, and counted of one form that is handed in.
MOST = 60
LONGEST = 2000


class Overtaken(Exception):
    """Somebody else has changed the phrase meanwhile."""


@dataclass(frozen=True, slots=True)
class Group:
    """The phrases of one reason; `title` is empty for those of any."""

    title: str
    phrases: Sequence[Phrase]


def takes_texts(action: str) -> bool:
    """Whether a phrase can go into the form of this verb."""
    return any(item.kind in _TEXTS for item in items(verbs.get(action).payload))


def forms_of(seat: Seat) -> list[tuple[str, str]]:
    """(verb, title) of the forms for which this post's people may keep phrases: at the centre of every verb, since it
    keeps them for everybody."""
    rows = (lifecycle.find(action) for action in faces.in_order())
    mine = (row for row in rows if row.posts != {"system"} and (not seat.in_unit or seat.takes(row.action)))
    return [(row.action, row.title) for row in mine if row.action != faces.UNMASK and takes_texts(row.action)]


def reasons_of(pack: Pack, action: str) -> Mapping[str, str]:
    """The reasons that the form of a verb asks for, by code."""
    if action == "return.filed":
        return {reason.code: reason.title for reason in pack.petition.return_.reasons}
    if action == "petition.filed":
        return {reason.code: reason.title for rule in pack.petitions for reason in rule.reasons}
    return BASIS_TITLES if action == "share.replied" else {}


def offered(seat: Seat, action: str, pack: Pack) -> tuple[list[Group], bool]:
    """The phrases in use for the form of a verb by reason, the unit's own before the centre's; and whether there are
    more of them than are offered."""
    rows = _seen(seat).filter(action=action, until=None)
    centre_s = Case(When(unit=_unit(seat), then=0), default=1)
    some = list(rows.order_by(centre_s, "title", "pk")[: MOST + 1])
    found, titles = some[:MOST], {"": "", **reasons_of(pack, action)}
    codes = dict.fromkeys([*titles, *(phrase.reason for phrase in found)])
    groups = [Group(titles.get(code, code), [one for one in found if one.reason == code]) for code in codes]
    return [group for group in groups if group.phrases], len(some) > MOST


def listed(seat: Seat, action: str = "", words: str = "", *, retired: bool = False) -> QuerySet[Any]:
    """Those that the person may see, with how often the version in use, and all versions, were used."""
    used = PhraseUse.objects.order_by()
    this = used.filter(phrase=OuterRef("pk")).values("phrase").annotate(n=Count("pk")).values("n")
    ever = used.filter(phrase__line=OuterRef("line")).values("phrase__line").annotate(n=Count("pk")).values("n")
    found = _seen(seat).filter(until__isnull=not retired).select_related("staff")
    if retired:
        found = found.exclude(line__in=Phrase.objects.filter(until=None).values("line"))
        last = Phrase.objects.filter(line=OuterRef("line")).order_by("-version").values("version")[:1]
        found = found.filter(version=Subquery(last))
    if action:
        found = found.filter(action=action)
    if words:
        found = found.filter(Q(title__icontains=words) | Q(text__icontains=words))
    return found.annotate(n_uses=Subquery(this), n_ever=Subquery(ever)).order_by("action", "reason", "title", "pk")


def versions(seat: Seat, line: str) -> list[Any]:
    """All versions of one, the newest first; empty for one that the person may not see."""
    found = _seen(seat).filter(line=line).select_related("staff").annotate(n_uses=Count("uses"))
    return list(found.order_by("-version"))


def may_write(seat: Seat, phrase: Phrase | None = None) -> bool:
    """Whether the person writes phrases of his unit, and this one."""
    return seat.may(WRITTEN) and (phrase is None or phrase.unit_id == _unit(seat))


def problems(seat: Seat, said: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a phrase as typed: field → sentence."""
    found: dict[str, str] = {}
    known = dict(forms_of(seat))
    if said["action"] not in known:
        found["action"] = "请选择用在哪个表单"
    elif said["reason"] and said["reason"] not in reasons_of(seat.pack, said["action"]):
        found["reason"] = "这个表单没有这一理由，请重新选择"
    if not 2 <= len(said["title"]) <= 40:
        found["title"] = "名称为 2 至 40 个字"
    if not 5 <= len(said["text"]) <= LONGEST:
        found["text"] = f"用语为 5 至 {LONGEST} 个字"
    return found


def typed(data: Mapping[str, Any]) -> dict[str, str]:
    """What was typed, cleaned as every text is."""
    return {name: clean(str(data.get(name, ""))).strip() for name in ("action", "reason", "title", "text")}


def write(seat: Seat, said: Mapping[str, str], over: Phrase | None = None) -> Phrase:
    """A new phrase, or the next version of `over`.  Raises Overtaken where that is no longer the one in use."""
    whose = {"centre_id": seat.directory.centre_id, "unit_id": _unit(seat), "staff_id": seat.staff.pk}
    line, version = (over.line, over.version + 1) if over else (uuid.uuid4().hex, 1)
    try:
        with transaction.atomic():
            if over is not None and not Phrase.objects.filter(pk=over.pk, until=None).update(until=seat.now):
                raise Overtaken
            phrase = Phrase.objects.create(line=line, version=version, since=seat.now, **whose, **said)
            _note(seat, WRITTEN, phrase)
    except IntegrityError as error:
        raise Overtaken from error
    return phrase


def retire(seat: Seat, phrase: Phrase) -> None:
    """It is offered no more; its versions and their use stay.  Raises Overtaken."""
    with transaction.atomic():
        if not Phrase.objects.filter(pk=phrase.pk, until=None).update(until=seat.now):
            raise Overtaken
        _note(seat, RETIRED, phrase)


def counting(seat: Seat, ids: str, said: Iterable[Any]) -> list[Asked]:
    """What goes with an accepted act: a use of each version in `ids` (as the form sends them) that stands in its
    texts, whatever the form claims."""
    wanted = [pk for each in dict.fromkeys(ids.split(",")) if (pk := entered.number(each, 10)) is not None][:MOST]
    if not wanted:
        return []
    texts = _flat("\n".join(_texts(said)))
    used = [phrase.pk for phrase in _seen(seat).filter(pk__in=wanted) if _flat(phrase.text) in texts]
    if not used:
        return []
    table, places = PhraseUse._meta.db_table, ", ".join(["(%s, %s, %s)"] * len(used))
    values = [value for pk in used for value in (pk, seat.staff.pk, seat.now)]
    return [(f"INSERT INTO {table} (phrase_id, staff_id, at) VALUES {places}", values)]


def _texts(said: Iterable[Any]) -> Iterator[str]:
    for value in said:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from (each for each in value if isinstance(each, str))


def _flat(text: str) -> str:
    """Without white space: a line break that a browser writes otherwise is no other wording."""
    return "".join(text.split())


def _unit(seat: Seat) -> int:
    """Whose phrases this post keeps: its unit's; of the centre's posts the centre's."""
    return seat.post.unit if seat.in_unit else seat.directory.root.id


def _seen(seat: Seat) -> QuerySet[Phrase]:
    return Phrase.objects.filter(unit__in={_unit(seat), seat.directory.root.id}, centre=seat.directory.centre_id)


def _note(seat: Seat, action: str, phrase: Phrase) -> None:
    payload = {"line": phrase.line, "version": phrase.version, "form": phrase.action, "unit": phrase.unit_id}
    journal.write(seat.directory.centre_id, action, at=seat.now, staff=seat.staff.pk, payload=payload)
