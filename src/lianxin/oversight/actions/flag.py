"""What a caller is marked with, and what of that is taken back (标记诉求人、取消诉求人标记)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders import flags
from lianxin.orders.deed import Deed
from lianxin.orders.flags import Callers
from lianxin.orders.verbs import Verb

HIDDEN = widget("none")


class Flagging(Payload):
    """Which flag, and why."""

    flag: Annotated[str, Private] = Field(title="标记", max_length=16, json_schema_extra=widget("caller_flag"))
    reason: Reason
    #: filled in by the ledger: what the flag is called, and all that the caller has from now on
    named: Annotated[str, Private] = Field("", json_schema_extra=HIDDEN)
    flags: Annotated[tuple[str, ...], Private] = Field((), json_schema_extra=HIDDEN)


class Unflagging(Flagging):
    """The same of one that the order has."""

    flag: Annotated[str, Private] = Field(title="标记", max_length=16, json_schema_extra=widget("caller_flag_here"))


class _OfCaller(Verb[Flagging]):
    """What both have in common: all orders of the caller that run, or that have flags of his, have the same ones."""

    payload = Flagging
    alters = False
    quiet = True
    moves_clocks = True

    def effect(self, deed: Deed[Flagging]) -> None:
        flags.set_on(deed, deed.payload.flags)

    def follows(self, deed: Deed[Flagging]) -> Iterator[Follow]:
        return flags.told(deed, _caller(deed))

    def tell(self, payload: Flagging) -> tuple[str, str]:
        return f"{self.row().title}：{payload.named}", payload.reason


@verb
class Flag(_OfCaller):
    """The caller is marked with it, by his number."""

    action = "caller.flagged"

    def resolve(self, deed: Deed[Flagging]) -> Flagging:
        return _with(deed, {*_known(deed), deed.payload.flag})

    def check(self, deed: Deed[Flagging]) -> None:
        pack = deed.directory.pack_now
        listed = pack.caller.flags if pack else ()
        require(listed, "flag", "现行规则包没有规定任何诉求人标记")
        titles = "、".join(found.title for found in listed)
        require(deed.payload.flag in {found.code for found in listed}, "flag", f"请选择标记：{titles}")
        require(_caller(deed), "", "诉求人没有留下联系电话，不能标记：标记随电话号码")
        require(deed.payload.flag not in deed.order.caller_flags, "flag", "诉求人已有这一标记")


@verb
class Unflag(_OfCaller):
    """The caller is marked with it no longer, on none of his orders."""

    action = "caller.unflagged"
    payload = Unflagging

    def resolve(self, deed: Deed[Flagging]) -> Flagging:
        return _with(deed, _known(deed) - {deed.payload.flag})

    def check(self, deed: Deed[Flagging]) -> None:
        require(deed.order.caller_flags, "", "本工单的诉求人没有标记")
        require(deed.payload.flag in deed.order.caller_flags, "flag", "诉求人没有这一标记")


def _with(deed: Deed[Flagging], codes: set[str]) -> Flagging:
    more = {"flags": tuple(sorted(codes)), "named": flags.named(deed, [deed.payload.flag])}
    return deed.payload.model_copy(update=more)


def _known(deed: Deed[Any]) -> set[str]:
    """What the caller is marked with before the act: an order that ended has not heard of what came later."""
    order, callers = deed.order, deed.outside().others.by(Callers)
    digest = _caller(deed) if deed.others.batch.allot is not None else None
    return {*order.caller_flags, *(callers.flags(order, digest, to_mark=True) if digest else ())}


def _caller(deed: Deed[Any]) -> bytes | None:
    return deed.outside().others.by(Callers).of(deed.order)
