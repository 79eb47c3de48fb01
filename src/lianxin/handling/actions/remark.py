"""A word between the centre and a unit about an order (询问、答复询问): not in the reply, no contact with the caller.

What is asked stands in the queue of the other side until it is answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, widget
from lianxin.ledger.models import Task
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import UNIT

REMARK = "remark"


class Question(AboutShare):
    """What is asked."""

    text: Account = Field(title="询问内容")


@verb
class Ask(Verb[Question]):
    """A unit asks the centre's dispatcher, the centre asks the unit."""

    action = "remark.asked"
    payload = Question
    decides = False
    alters = False

    def check(self, deed: Deed[Question]) -> None:
        asked = [task for task in deed.docket.open_tasks(deed.the_share().id, REMARK) if not _to_answer(deed, task)]
        require(not asked, "", "上一个询问还没有答复，请等待答复，或先与对方电话联系")

    def effect(self, deed: Deed[Question]) -> None:
        share = deed.the_share()
        if deed.actor.role in UNIT:
            deed.ask(REMARK, deed.order.home_id, "dispatcher", share=share.id)
        else:
            deed.ask(REMARK, share.unit_id, "clerk", share=share.id)

    def concerns(self, deed: Deed[Question]) -> Iterator[int | None]:
        if deed.actor.role not in UNIT:
            yield deed.the_share().holder_id
            return
        for post in deed.directory.posts_at(deed.directory.root.id, "dispatcher"):
            yield deed.directory.holder(post.id, deed.at)

    def tell(self, payload: Question) -> tuple[str, str]:
        return "询问", payload.text


class Answer(AboutShare):
    """The answer, and which question it answers."""

    text: Account = Field(title="答复内容")
    #: filled in by the ledger: the open question, and the entry that put it
    task: int | None = Field(None, json_schema_extra=widget("none"))
    asked: int | None = Field(None, json_schema_extra=widget("none"))


@verb
class AnswerRemark(Verb[Answer]):
    """The question leaves the queue, and whoever asked is told."""

    action = "remark.answered"
    payload = Answer
    alters = False

    def resolve(self, deed: Deed[Answer]) -> Answer:
        waiting = [task for task in deed.docket.open_tasks(deed.the_share().id, REMARK) if _to_answer(deed, task)]
        require(waiting, "", "没有等待本岗位答复的询问")
        return deed.payload.model_copy(update={"task": waiting[0].id, "asked": waiting[0].made_entry})

    def effect(self, deed: Deed[Answer]) -> None:
        assert deed.payload.task is not None
        deed.docket.finish(deed.docket.tasks[deed.payload.task], deed.at, "answered")

    def concerns(self, deed: Deed[Answer]) -> Iterator[int | None]:
        asked = deed.outside().others.entry(deed.order.pk, deed.payload.asked or 0)
        yield asked.staff_id if asked else None
        if deed.actor.role not in UNIT:
            yield deed.the_share().holder_id

    def tell(self, payload: Answer) -> tuple[str, str]:
        return "答复询问", payload.text


def _to_answer(deed: Deed[Question] | Deed[Answer], task: Task) -> bool:
    """Whether the question was put to the actor's side."""
    return (deed.actor.role in UNIT) == (task.unit_id != deed.order.home_id)
