"""What a form knows when it opens, from the order and its ledger; and what it asks besides the payload's own demands.

Nothing here is a judgement: what a person must judge (solved or not, reached or not, approved or not) stands empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lianxin.intake.actions.correct_words import WordsCorrection
from lianxin.ledger.models import Entry
from lianxin.orders.models import Share
from lianxin.orders.timeline import payload_of
from lianxin.rules.chain import LINKS

if TYPE_CHECKING:
    from .dossier import Dossier


#: How long each text of a correction may be.
_LIMITS = {
    name: schema["maxLength"]
    for name, schema in WordsCorrection.model_json_schema()["properties"].items()
    if "maxLength" in schema
}


def nothing(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """Nothing is known."""
    return {}


def no_more(answered: Mapping[str, Any]) -> dict[str, str]:
    """Nothing more is asked."""
    return {}


def last_reply(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """The last reply of the same share, which was sent back to be mended; whether it is solved is judged anew."""
    found = _last(dossier, "share.replied", share)
    return {name: found[name] for name in ("measures", "progress", "result", "answers") if found.get(name)}


def days_asked(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """The days that the unit asked for."""
    found = _last(dossier, "extension.filed", share)
    return {"workdays": found["workdays"]} if found else {}


def return_asked(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """The unit that the petition suggests, and the basis on which the share was given."""
    suggested = _last(dossier, "return.filed", share).get("suggested_unit")
    return ({"next_unit": suggested} if suggested else {}) | ({"basis": share.basis} if share else {})


def chain(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """Who answers for it now; else who does by the unit's own division of work (D16), or holds its one such post."""
    if share is None:
        return {}
    if named := {line[0]: line[2] for line in share.chain if line[0] in LINKS}:
        return named
    return {"opinion": dossier.pack.chain.opinion, **dict(_in_charge(dossier, share))}


def _in_charge(dossier: Dossier, share: Share) -> Iterator[tuple[str, int | None]]:
    """(link, person); what comes later knows better."""
    order, directory, now = dossier.order, dossier.directory, dossier.seat.now
    for code, link in LINKS.items():
        posts = [post for role in link.roles for post in directory.posts_at(share.unit_id, role)]
        if len(posts) == 1:
            yield code, directory.holder(posts[0].id, now)
    if (line := directory.charge(share.unit_id, order.category_id, order.area_id)) is not None:
        yield "deputy", directory.holder(line.deputy, now)
        yield "head", directory.holder(line.head, now)


def the_kind(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """What may be asked for, where it is one thing only."""
    kinds = dossier.pack.petitions
    return {"kind": kinds[0].code} if len(kinds) == 1 else {}


def words_now(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """The request as it stands, to be corrected in place; longer than a correction may be, it is left out."""
    appeal = dossier.order.appeal
    found = {"title": appeal.title, "text": appeal.text, "address": appeal.address}
    kept = {name: words for name, words in found.items() if words and len(words) <= _LIMITS[name]}
    return kept | ({"requests": list(appeal.requests)} if appeal.requests else {})


def limit_now(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """The upper platform's limit as it stands."""
    due = dossier.order.upstream_due
    return {"upstream_due": due} if due else {}


def suggested_unit(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """An order that was reopened or came apart from another goes first to who led it, one of a sub-centre's line to
    that sub-centre (C06)."""
    leads = [line for line in dossier.shares if line.depth == 0 and line.role != "assist"]
    if not leads:
        source = dossier.pack.sources.get(dossier.order.source)
        own = dossier.directory.unit_by_code.get(source.unit) if source and source.unit else None
        return {"shares": [[own.name, "lead"]]} if own is not None and own.active else {}
    unit = dossier.directory.units.get(leads[-1].unit_id)
    known: dict[str, Any] = {"basis": leads[-1].basis}
    if unit is not None and unit.active:
        known["shares"] = [[unit.name, "lead"]]
    return known


def own_layer(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """The centre calls as the layer that it is."""
    return {"layer": dossier.pack.callback.own_layer}


def caller_words(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """Why it goes round again is what the caller said in this round."""
    words = _last(dossier, "callback.recorded", None).get("words") if dossier.unhappy else ""
    return {"reason": words} if words else {}


def main_answer(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """A repeat's caller is told what came of its main order."""
    return {"told": dossier.main_answer} if dossier.main_answer else {}


def assisting(dossier: Dossier, share: Share | None) -> dict[str, Any]:
    """A further unit assists, unless it is said otherwise; on the ground of the first dispatch."""
    leads = [line for line in dossier.shares if line.depth == 0]
    return {"role": "assist"} | ({"basis": leads[0].basis} if leads else {})


def callback_asks(answered: Mapping[str, Any]) -> dict[str, str]:
    """Who was reached has said something: at least one of the three must be answered, if only with 不评价 or 未表态."""
    asked = ("solved", "result_grade", "process_grade")
    if answered.get("reached") is not True or any(answered.get(name) is not None for name in asked):
        return {}
    return {"solved": "已接通，请选择诉求人的评价；诉求人没有表态的，请选“未表态”或“不评价”"}


def _last(dossier: Dossier, action: str, share: Share | None) -> dict[str, Any]:
    """What the newest entry of a verb says, of that share if one is given; empty before there is one."""
    for entry in reversed(dossier.entries):
        if entry.action == action and _of(entry, share):
            payload = payload_of(entry)
            return payload.model_dump() if payload else {}
    return {}


def _of(entry: Entry, share: Share | None) -> bool:
    return share is None or entry.payload.get("share") in (None, share.pk)
