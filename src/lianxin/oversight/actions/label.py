"""What an order is labelled with, and what of that is taken off (标识工单、取消标识)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from lianxin.directory.roles import Role
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.pack import Pack
from lianxin.rules.serving import serves


class Labelling(Payload):
    """Which label, and why."""

    label: str = Field(title="标识", max_length=16, json_schema_extra=widget("label"))
    reason: Reason


class Unlabelling(Labelling):
    """The same of one that the order has."""

    label: str = Field(title="标识", max_length=16, json_schema_extra=widget("label_here"))


class _OfLabel(Verb[Any]):
    """What both have in common: limits and duties go by it, and whoever answers for the order hears of it."""

    alters = False
    moves_clocks = True

    def concerns(self, deed: Deed[Any]) -> Iterator[int | None]:
        return deed.at_work()

    def tell_under(self, payload: Any, pack: Pack) -> tuple[str, str]:
        found = pack.labels.get(payload.label)
        return f"{self.row().title}：{found.title if found else payload.label}", payload.reason


serves("C37")


@verb
class Label(_OfLabel):
    """The order has the label from now on."""

    action = "order.labelled"
    of_all_parts = True
    payload = Labelling

    def check(self, deed: Deed[Labelling]) -> None:
        code, labels = deed.payload.label, deed.pack.labels
        require(any(deed.actor.role in found.by for found in labels.values()), "", "规则包没有由本岗位加的标识")
        require(code in labels, "label", f"请选择标识：{'、'.join(found.title for found in labels.values())}")
        _by(deed, labels[code].by, f"“{labels[code].title}”由%s标识")
        require(code not in deed.order.labels, "label", "工单已有这一标识")
        named = deed.order.recused or deed.order.recused_units or not labels[code].named
        require(named, "label", f"标识“{labels[code].title}”以前，请先用“登记被投诉对象”写明投诉的是谁，使其不能看到")

    def events(self, deed: Deed[Labelling]) -> tuple[str, ...]:
        return (f"labelled.{deed.payload.label}",)

    def effect(self, deed: Deed[Labelling]) -> None:
        deed.order.labels = sorted({*deed.order.labels, deed.payload.label})


@verb
class Unlabel(_OfLabel):
    """The order has it no longer; what had to be done because of it stays to be done."""

    action = "order.unlabelled"
    payload = Unlabelling

    def check(self, deed: Deed[Unlabelling]) -> None:
        code, found = deed.payload.label, deed.pack.labels.get(deed.payload.label)
        require(deed.order.labels, "", "工单没有标识")
        require(code in deed.order.labels, "label", "工单没有这一标识")
        if found is not None:
            _by(deed, found.lifted_by, f"“{found.title}”由%s取消")

    def effect(self, deed: Deed[Unlabelling]) -> None:
        deed.order.labels = [code for code in deed.order.labels if code != deed.payload.label]


def _by(deed: Deed[Any], posts: tuple[str, ...], sentence: str) -> None:
    titles = "、".join(str(Role(post).label) for post in posts)
    require(deed.actor.role in {*posts, "system"}, "label", sentence % titles)
