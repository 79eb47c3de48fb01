"""On what a direct answer rests: an article, an earlier order of the same matter, or nothing that there is.

Source: C34 and C63 of the founding document of Jinan: what is settled or in hand, and what a rule says in so many
words, is answered at once by that; so an answer names it, and what had no answer is known as such.
"""

from __future__ import annotations

from typing import Any

from lianxin.ledger.deed import require
from lianxin.orders.deed import Deed
from lianxin.orders.flags import Callers
from lianxin.orders.models import Order
from lianxin.orders.recusal import recused
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.serving import serves

from .lookup import day_of, named

serves("C34", "C63")

ARTICLE, EARLIER, NOTHING = "article", "earlier", "none"
TITLES = {ARTICLE: "知识库文章", EARLIER: "已有工单", NOTHING: "无"}
#: Settled, or in somebody's hand.
KNOWN = frozenset(
    {OrderState.DISPATCHED, OrderState.TO_CALLBACK, OrderState.SUSPENDED, OrderState.CLOSED, OrderState.ANSWERED}
)


def article(deed: Deed[Any], ref: str) -> tuple[str, int | None]:
    """(reference, id) of the version that the answer names; refused where it does not hold at that time."""
    require(bool(ref), "article", "请填写知识库文章的编号，或选用右侧列出的文章")
    found, last = named(deed.order.centre_id, ref)
    require(found is not None, "article", "知识库里没有这个编号，请核对")
    if found is None:
        return ref, None
    newer = last is not None and last.version > found.version
    require(not newer, "article", f"这篇文章已更新为 {last.ref if last else ''}，请核对新的内容再答复")
    held = found.holds(deed.at, day_of(deed.at))
    require(held, "article", f"{found.ref} 已停用或不在有效期内，不能作为答复依据")
    return found.ref, found.pk


def earlier(deed: Deed[Any], number: str) -> tuple[str, int | None]:
    """(number, id) of the earlier order that the answer names; refused where it is not about the same, or nobody has
    it in hand."""
    require(bool(number), "earlier", "请填写已有工单的编号，或选用右侧列出的工单")
    other = deed.others.find(deed.order, number=number)
    # To whom an order complains of there is none (C64).
    there = other is not None and other.erased_at is None and deed.actor.staff not in recused(other)
    require(there, "earlier", "没有这个工单号，请核对")
    if other is None:
        return number, None
    require(other.pk != deed.order.pk, "earlier", "不能以本工单自己为依据")
    same = "与本工单不是同一事项，也不是同一诉求人的同类诉求；确为同一事项的请先“关联”"
    require(_same(deed, other), "earlier", f"{other.number} {same}")
    known = _head(deed, other)
    standing = known.state in KNOWN and known.pk != deed.order.pk
    require(standing, "earlier", f"{other.number} 还没有办结，也不在办理中，不能作为答复依据")
    if known.state == OrderState.ANSWERED:
        last = deed.outside().others.said(known, "order.answered")[-1:]
        unknown = any(entry.payload.get("grounds") == NOTHING for entry in last)
        require(not unknown, "earlier", f"{other.number} 答复时也没有依据，不能再作为依据")
    return other.number, other.pk


def _same(deed: Deed[Any], other: Order) -> bool:
    """One matter, or the same caller with the same kind of request."""
    order, callers = deed.order, deed.outside().others.by(Callers)
    if order.matter_id is not None and order.matter_id == other.matter_id:
        return True
    digest = callers.of(order)
    same_kind = order.category_id is not None and order.category_id == other.category_id
    return same_kind and digest is not None and digest == callers.of(other)


def _head(deed: Deed[Any], order: Order) -> Order:
    """The order in which it is handled: of a repeat the one into which it was merged."""
    while order.merged_into_id is not None:
        above = deed.others.find(deed.order, pk=order.merged_into_id)
        assert above is not None
        order = above
    return order
