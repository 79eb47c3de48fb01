"""What a form knows when it opens, from the order and its ledger; and what it asks besides the payload's own demands.

Nothing here is a judgement: what a person must judge (solved or not, reached or not, approved or not) stands empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lianxin.intake.actions.correct_words import WordsCorrection
from lianxin.ledger.models import Entry
from lianxin.orders.models import Share
from lianxin.orders.timeline import payload_of

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
    """An order that was reopened or came apart from another goes first to who led it."""
    leads = [line for line in dossier.shares if line.depth == 0 and line.role != "assist"]
    if not leads:
        return {}
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
