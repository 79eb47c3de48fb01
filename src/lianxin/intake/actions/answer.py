"""Ends on the line: answered directly, or out of scope and shown the right door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from lianxin.intake.knowledge import grounds
from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, Words, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

from .repeat import set_free

REASON_LENGTH, LEAST = 5, 2


class DirectAnswer(Payload):
    """The answer given on the line (直办)."""

    told: Told = Field(title="答复内容")
    #: on what it rests; None of answers of which nobody asked that
    grounds: Literal["article", "earlier", "none"] | None = Field(
        None, title="答复依据", json_schema_extra=widget("choice", titles=grounds.TITLES) | {"wanted": True}
    )
    article: str = Field(
        "", title="知识库文章编号", max_length=24, json_schema_extra={"wanted": True, "when": "grounds=article"}
    )
    earlier: str = Field(
        "", title="已有工单编号", max_length=32, json_schema_extra={"wanted": True, "when": "grounds=earlier"}
    )
    #: filled in by the ledger: the version that was in force, the order that was meant
    article_id: int | None = Field(None, json_schema_extra=widget("none"))
    earlier_id: int | None = Field(None, json_schema_extra=widget("none"))


@verb
class Answer(Verb[DirectAnswer]):
    """Answered on the line: the order ends with its answer and is never dispatched."""

    action = "order.answered"
    payload = DirectAnswer

    def resolve(self, deed: Deed[DirectAnswer]) -> DirectAnswer:
        said = deed.payload
        found: dict[str, str | int | None] = {"article": "", "article_id": None, "earlier": "", "earlier_id": None}
        if said.grounds == grounds.ARTICLE:
            found["article"], found["article_id"] = grounds.article(deed, said.article)
        elif said.grounds == grounds.EARLIER:
            found["earlier"], found["earlier_id"] = grounds.earlier(deed, said.earlier)
        return said.model_copy(update=found)

    def check(self, deed: Deed[DirectAnswer]) -> None:
        named = deed.payload.grounds or not deed.pack.knowledge.named
        require(named, "grounds", "请选择答复依据：知识库文章、已有工单；都没有的选“无”")

    def follows(self, deed: Deed[DirectAnswer]) -> Iterator[Follow]:
        return set_free(deed, "已直接答复")

    def effect(self, deed: Deed[DirectAnswer]) -> None:
        deed.docket.end("answered", deed.at, "answered")
        deed.docket.set_facts(deed.recorded_at)

    def tell(self, payload: DirectAnswer) -> tuple[str, str]:
        by = {
            grounds.ARTICLE: f"（依据知识库 {payload.article}）",
            grounds.EARLIER: f"（依据已有工单 {payload.earlier}）",
            grounds.NOTHING: "（知识库没有依据）",
        }
        return f"在线直接答复{by.get(payload.grounds or '', '')}", payload.told


class Redirection(Payload):
    """Why it is not the hotline's, and whose it is (C02–C04).

    The pack knows whom to turn to and what to say: what is left empty is taken from there.
    """

    code: str = Field(title="不予受理情形", json_schema_extra=widget("redirect"))
    target: str = Field("", title="引导至（不填的按情形所列）", max_length=100)
    reason: Words = Field("", title="理由")
    told: Annotated[str, Private] = Field(
        "", title="告知诉求人的内容（不填的按规定用语）", max_length=4000, json_schema_extra=widget("textarea")
    )


@verb
class Redirect(Verb[Redirection]):
    """Out of scope: no order is sent, the caller is told where to go, and that is on record."""

    action = "order.redirected"
    payload = Redirection

    def resolve(self, deed: Deed[Redirection]) -> Redirection:
        payload = deed.payload
        rule = deed.pack.redirects.get(payload.code)
        if rule is None:
            return payload
        target = payload.target or "、".join(rule.targets)[:100]
        return payload.model_copy(update={"target": target, "told": payload.told or rule.say})

    def check(self, deed: Deed[Redirection]) -> None:
        known, payload = deed.pack.redirects, deed.payload
        titles = "、".join(f"{code} {rule.title}" for code, rule in known.items())
        require(known, "code", "本中心的规则包没有不予受理的情形，不能引导")
        require(payload.code in known, "code", f"不予受理的情形只能是：{titles}")
        if payload.code not in known:
            return
        # Who is put through at once is not kept on the line while a reason is typed.
        enough = len(payload.reason) >= REASON_LENGTH or (known[payload.code].immediate and not payload.reason)
        require(enough, "reason", f"请写明理由，至少 {REASON_LENGTH} 个字；只有立即转接的情形可以不填")
        for name, text in (("target", payload.target), ("told", payload.told)):
            require(len(text) >= LEAST, name, f"至少 {LEAST} 个字，或者不填，由规则包补上")

    def follows(self, deed: Deed[Redirection]) -> Iterator[Follow]:
        return set_free(deed, "未予受理")

    def effect(self, deed: Deed[Redirection]) -> None:
        deed.docket.end("redirected", deed.at, f"redirected:{deed.payload.code}")

    def tell(self, payload: Redirection) -> tuple[str, str]:
        reason = f"{payload.reason}\n" if payload.reason else ""
        return f"不予受理，引导至{payload.target}", f"{reason}告知：{payload.told}"
