"""Ends on the line: answered directly, or out of scope and shown the right door."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.orders.acts import Payload
from lianxin.orders.deed import Deed, require
from lianxin.orders.fields import Reason, Told, widget
from lianxin.orders.verbs import Follow, Verb, verb

from .repeat import set_free


class DirectAnswer(Payload):
    """The answer given on the line (直办)."""

    told: Told = Field(title="答复内容")


@verb
class Answer(Verb[DirectAnswer]):
    """Answered on the line: the order ends with its answer and is never dispatched."""

    action = "order.answered"
    payload = DirectAnswer

    def follows(self, deed: Deed[DirectAnswer]) -> Iterator[Follow]:
        return set_free(deed, "已直接答复")

    def effect(self, deed: Deed[DirectAnswer]) -> None:
        deed.docket.end("answered", deed.at, "answered")
        deed.docket.set_facts(deed.recorded_at)

    def tell(self, payload: DirectAnswer) -> tuple[str, str]:
        return "在线直接答复", payload.told


class Redirection(Payload):
    """Why it is not the hotline's, and whose it is (C02–C04)."""

    code: str = Field(title="不予受理情形", json_schema_extra=widget("redirect"))
    target: str = Field(title="引导至", min_length=2, max_length=100)
    reason: Reason
    told: Told


@verb
class Redirect(Verb[Redirection]):
    """Out of scope: no order is sent, the caller is told where to go, and that is on record."""

    action = "order.redirected"
    payload = Redirection

    def check(self, deed: Deed[Redirection]) -> None:
        known = deed.pack.redirects
        titles = "、".join(f"{code} {rule.title}" for code, rule in known.items())
        require(deed.payload.code in known, "code", f"不予受理的情形只能是：{titles}")

    def follows(self, deed: Deed[Redirection]) -> Iterator[Follow]:
        return set_free(deed, "未予受理")

    def effect(self, deed: Deed[Redirection]) -> None:
        deed.docket.end("redirected", deed.at, f"redirected:{deed.payload.code}")

    def tell(self, payload: Redirection) -> tuple[str, str]:
        return f"不予受理，引导至{payload.target}", f"{payload.reason}\n告知：{payload.told}"
