"""Unclear duty (职责不清、管辖不明): the order goes to coordination instead of to a unit, and comes back with a ruling.

Source: C36 and C38 of the founding document of Jinan: what is clear is dispatched within five minutes, what is not is
coordinated.  Who asks for it ends the five minutes; the duty that the pack lays for it has a limit of its own and bars
the dispatch until there is a ruling, so it is no way to win time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, UnitId, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.serving import serves

serves("C38")

OPENED = "coordination.opened"


class Asking(Payload):
    """Between which units it is unclear, and what."""

    units: Annotated[tuple[UnitId, ...], Field(min_length=1, max_length=12, json_schema_extra=widget("units"))] = Field(
        title="涉及单位"
    )
    question: Told = Field(title="职责争议")
    #: filled in by the ledger: the coordination that it opens
    proceeding: int = Field(0, json_schema_extra=widget("none"))


@verb
class Coordinate(Verb[Asking]):
    """Opens the coordination; the units are called to give their view."""

    action = "order.coordinated"
    payload = Asking

    def resolve(self, deed: Deed[Asking]) -> Asking:
        found = deed.outside().others.reserve(OPENED, deed.order.centre_id, deed.at)
        return deed.payload.model_copy(update={"proceeding": found})

    def check(self, deed: Deed[Asking]) -> None:
        open_ = any(task.kind == "coordinate_duty" for task in deed.docket.open_tasks())
        require(not open_, "", "本工单已在协调，请等待裁定")
        ruled = any("coordinate" in rule.start_on for rule in deed.pack.tasks)
        require(ruled, "", "本件所用的规则包没有规定协调，请直接派单")
        for pk in deed.payload.units:
            unit = deed.directory.units.get(pk)
            require(unit is not None and unit.active, "units", "有的单位已停用，请从列表中选择")
            require(pk != deed.directory.root.id, "units", "请选择承办单位，不是热线中心自己")

    def follows(self, deed: Deed[Asking]) -> Iterator[Follow]:
        said = deed.payload
        title = f"{deed.order.number} 承办单位的界定"
        about = {"numbers": [deed.order.number], "title": title, "text": said.question, "units": list(said.units)}
        yield Follow(OPENED, said.proceeding, about)

    def tell(self, payload: Asking) -> tuple[str, str]:
        return "提请协调承办单位", payload.question


class Ruled(Payload):
    """By which coordination, and what became of it."""

    coordination: str = Field(title="职责界定")
    withdrawn: bool = False


@verb
class Rule(Verb[Ruled]):
    """The coordination is over: the order may be dispatched.  By the ruling itself, never by a person."""

    action = "order.duty_ruled"
    payload = Ruled

    def tell(self, payload: Ruled) -> tuple[str, str]:
        return f"{'撤回协调' if payload.withdrawn else '职责界定'}（{payload.coordination}）", ""
