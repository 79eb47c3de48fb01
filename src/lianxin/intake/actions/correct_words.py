"""What is asked and where, written down wrongly the first time (更正诉求内容)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

from .register import MOST_REQUESTS, Request
from .repeat import rejoined

TITLES = {"title": "标题", "text": "诉求内容", "address": "地址", "requests": "诉求事项"}


class WordsCorrection(Payload):
    """Only what changes.  Requests keep their numbers: as many as before."""

    title: Annotated[str, Private] = Field("", title="标题", max_length=120)
    text: Annotated[str, Private] = Field("", title="诉求内容", max_length=8000, json_schema_extra=widget("textarea"))
    address: Annotated[str, Private] = Field(
        "", title="地址", max_length=200, json_schema_extra={"hint": "清空的项保持原来的内容。"}
    )
    requests: Annotated[tuple[Request, ...], Private] = Field(
        (), title="诉求事项（逐项改写，项数不变）", max_length=MOST_REQUESTS, json_schema_extra=widget("lines")
    )
    reason: Reason


@verb
class CorrectWords(Verb[WordsCorrection]):
    """The text as it should have been; what it was before stays in its enclosure."""

    action = "order.words_corrected"
    payload = WordsCorrection
    restates = frozenset({"order.words_corrected", "order.corrected", "order.supplemented"})

    def resolve(self, deed: Deed[WordsCorrection]) -> WordsCorrection:
        # A form shows the words as they stand: what was left so is no correction.
        appeal = deed.docket.appeal()
        now = {"title": appeal.title, "text": appeal.text, "address": appeal.address}
        left: dict[str, Any] = {name: "" for name, words in now.items() if getattr(deed.payload, name) == words}
        if list(deed.payload.requests) == list(appeal.requests):
            left["requests"] = ()
        return deed.payload.model_copy(update=left)

    def check(self, deed: Deed[WordsCorrection]) -> None:
        payload = deed.payload
        require(any(getattr(payload, name) for name in TITLES), "", "请至少更正一项")
        require(not payload.title or len(payload.title) >= 4, "title", "标题至少填写 4 个字")
        require(not payload.text or len(payload.text) >= 5, "text", "诉求内容至少填写 5 个字")
        count = deed.order.request_count
        same = not payload.requests or len(payload.requests) == count
        require(same, "requests", f"本工单共 {count} 项诉求，请逐项改写；增加诉求请用“补充”")

    def effect(self, deed: Deed[WordsCorrection]) -> None:
        payload, appeal = deed.payload, deed.docket.appeal()
        appeal.title = payload.title or appeal.title
        appeal.text = payload.text or appeal.text
        appeal.address = payload.address or appeal.address
        appeal.requests = list(payload.requests) or appeal.requests

    def follows(self, deed: Deed[WordsCorrection]) -> Iterator[Follow]:
        return rejoined(deed)

    def concerns(self, deed: Deed[WordsCorrection]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: WordsCorrection) -> tuple[str, str]:
        changed = [title for name, title in TITLES.items() if getattr(payload, name)]
        return f"更正{'、'.join(changed)}", payload.reason
