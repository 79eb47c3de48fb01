"""The verbs of duties: one small family for all kinds that a pack names (`[[task]]`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Reason, StaffId, Words, widget
from lianxin.ledger.models import Task
from lianxin.ledger.verbs import verb
from lianxin.rules.policy import Pack
from lianxin.rules.policy_tasks import DONE, TaskRule

from .about import AboutTask
from .deed import Deed
from .duties import handlers, lies_on
from .verbs import Verb


class Done(AboutTask):
    """How it ended, and its elements in the order of the rule."""

    outcome: str = Field("", title="结果", max_length=16, json_schema_extra=widget("outcome"))
    elements: Annotated[tuple[str, ...], Private] = Field((), title="内容", json_schema_extra=widget("elements"))
    note: Words = Field("", title="说明")


class _OfTask(Verb[Any]):
    """What they have in common: the task is open, and the actor's post has it."""

    def tell_under(self, payload: Any, pack: Pack) -> tuple[str, str]:
        rule = pack.task(payload.rule)
        done, quote = self.tell(payload)
        return (f"{done}：{rule.title}" if rule else done), quote


@verb
class Do(_OfTask):
    """The post does what the rule asks of it, and says what the rule wants to know."""

    action = "task.done"
    payload = Done

    def check(self, deed: Deed[Done]) -> None:
        task, rule = open_task(deed), rule_of(deed)
        require(_has(deed), "", "这项待办不在您的岗位")
        require(not task.petition, "", "这是一项申请，请用“审签申请”或审定")
        handled = rule.not_handler and deed.actor.staff in handlers(deed, task.unit_id)
        require(not handled, "", "经办过这件工单的人不能自己办结这项待办，请转交同单位的其他同志")
        # Whoever stands in for a vacant post may have no verb that meets it.
        require(not rule.ends_with or task.vacant, "", "这项待办由相应的操作自动办结，不能直接勾销")
        titles = {known.code: known.title for known in rule.outcomes}
        if titles:
            require(deed.payload.outcome in titles, "outcome", f"请选择结果：{'、'.join(titles.values())}")
        require(titles or deed.payload.outcome in ("", DONE), "outcome", "这项待办没有规定几种结果，请不要填写")
        given = deed.payload.elements
        for place, element in enumerate(rule.elements):
            said = given[place].strip() if place < len(given) else ""
            short = f"“{element.title}”至少写 {element.min_length} 个字"
            require(len(said) >= element.min_length, "elements", short)
        require(len(given) <= len(rule.elements), "elements", "要素比规则所列的多，请核对")

    def events(self, deed: Deed[Done]) -> tuple[str, ...]:
        return (f"done.{open_task(deed).kind}",)

    def effect(self, deed: Deed[Done]) -> None:
        deed.docket.finish(open_task(deed), deed.at, deed.payload.outcome or DONE)

    def tell(self, payload: Done) -> tuple[str, str]:
        return "办结待办", "\n".join([*payload.elements, *([payload.note] if payload.note else [])])


class Noting(AboutTask):
    """What was done or found since the last time."""

    text: Account = Field(title="跟进情况")


@verb
class Note(_OfTask):
    """An entry in the log of a duty that stays open (及时跟进、一追到底, B08); of nobody else's."""

    action = "task.noted"
    payload = Noting
    decides = False

    def check(self, deed: Deed[Noting]) -> None:
        require(_has(deed), "", "这项待办不在您的岗位")
        require(not open_task(deed).petition, "", "这是一项申请，请用“审签申请”或审定")

    def events(self, deed: Deed[Noting]) -> tuple[str, ...]:
        return (f"noted.{open_task(deed).kind}",)

    def tell(self, payload: Noting) -> tuple[str, str]:
        return "跟进", payload.text


class Endorsement(AboutTask):
    """Whether the post agrees, and why."""

    agreed: bool = Field(title="审签", json_schema_extra=widget("verdict", yes="同意", no="不同意"))
    reason: Reason


@verb
class Endorse(_OfTask):
    """A post agrees to a petition, which goes on to the next; or does not, and it ends."""

    action = "petition.endorsed"
    payload = Endorsement

    def check(self, deed: Deed[Endorsement]) -> None:
        task, rule = open_task(deed), rule_of(deed)
        require(_has(deed), "", "这项申请不在您的岗位")
        require(task.petition and task.level < len(rule.levels), "", "这项申请已到审定一级，请审定")

    def effect(self, deed: Deed[Endorsement]) -> None:
        deed.docket.finish(open_task(deed), deed.at, "agreed" if deed.payload.agreed else "refused")

    def tell(self, payload: Endorsement) -> tuple[str, str]:
        return ("审签同意" if payload.agreed else "审签不同意"), payload.reason


class HandingOn(AboutTask):
    """To which colleague."""

    to: StaffId
    note: Words = Field("", title="说明")


@verb
class HandOn(_OfTask):
    """Another person of the same unit has it from now on; whose post it is stays."""

    action = "task.handed_on"
    payload = HandingOn

    def check(self, deed: Deed[HandingOn]) -> None:
        task = open_task(deed)
        require(_has(deed), "", "这项待办不在您的岗位")
        serves = deed.directory.serves(deed.payload.to, task.unit_id)
        posts = deed.directory.posts_at(task.unit_id, task.post_role)
        of_post = frozenset[int | None]().union(*(deed.directory.members(post.id) for post in posts))
        require(serves, "to", "接手的人须是同一单位在岗的人员")
        require(deed.payload.to != task.holder_id, "to", "这项待办已经在这位同事名下")
        # Of the two of a post it lies on the one who is there: it would go back with the next act.
        require(
            not {task.holder_id, deed.payload.to} <= of_post,
            "to",
            "这位同事就是该岗位的A角或B角，A角离岗时自动由B角办理",
        )

    def effect(self, deed: Deed[HandingOn]) -> None:
        task = open_task(deed)
        task.holder_id = deed.payload.to
        deed.docket.touch(task)

    def concerns(self, deed: Deed[HandingOn]) -> Iterator[int | None]:
        yield deed.payload.to

    def tell(self, payload: HandingOn) -> tuple[str, str]:
        return "转交待办", payload.note


class Waiving(AboutTask):
    """Why it need not be done."""

    reason: Reason


@verb
class Waive(_OfTask):
    """A leader opens what the task bars; that it was not done stays on record."""

    action = "task.waived"
    payload = Waiving

    def check(self, deed: Deed[Waiving]) -> None:
        require(not open_task(deed).petition, "", "申请须经审定，不能免办")

    def events(self, deed: Deed[Waiving]) -> tuple[str, ...]:
        """What was to come after it comes now."""
        return (f"done.{open_task(deed).kind}",)

    def effect(self, deed: Deed[Waiving]) -> None:
        deed.docket.finish(open_task(deed), deed.at, "waived")

    def concerns(self, deed: Deed[Waiving]) -> Iterator[int | None]:
        yield open_task(deed).holder_id
        yield deed.order.owner_person_id

    def tell(self, payload: Waiving) -> tuple[str, str]:
        return "免办", payload.reason


@verb
class Drop(_OfTask):
    """It was laid in error: it falls away, as if with its subject."""

    action = "task.dropped"
    payload = Waiving

    def check(self, deed: Deed[Waiving]) -> None:
        task, rule = open_task(deed), rule_of(deed)
        require(not rule.before, "", "它拦着后面的操作，只能由中心领导免办")
        require(not task.petition, "", "申请须经审定，不能撤销")

    def effect(self, deed: Deed[Waiving]) -> None:
        deed.docket.finish(open_task(deed), deed.at, "cancelled")

    def concerns(self, deed: Deed[Waiving]) -> Iterator[int | None]:
        yield open_task(deed).holder_id

    def tell(self, payload: Waiving) -> tuple[str, str]:
        return "撤销待办", payload.reason


def open_task(deed: Deed[Any]) -> Task:
    """The task that the act names."""
    found: Task | None = deed.docket.tasks.get(deed.payload.task) or deed.docket.at_hand(Task, deed.payload.task)
    assert found is not None, "the book of orders has found it"
    return found


def rule_of(deed: Deed[Any]) -> TaskRule:
    """The rule that laid it."""
    rule = deed.pack.task(open_task(deed).rule)
    require(rule is not None, "", "规则包中已没有这项待办的规则，请由中心领导免办")
    assert rule is not None
    return rule


def _has(deed: Deed[Any]) -> bool:
    """Whether it lies on the actor."""
    task = open_task(deed)
    return lies_on(task, deed.actor, deed.directory, deed.pack.task(task.rule))
