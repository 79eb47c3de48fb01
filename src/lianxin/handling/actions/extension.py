"""More time, asked for before the deadline and decided by the centre (延期)."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from lianxin.orders.about import AboutShare
from lianxin.orders.case import Case, require
from lianxin.orders.fields import Reason, Words, widget
from lianxin.orders.models import Assignment, Clock
from lianxin.orders.verbs import Verb, verb
from lianxin.rules import deadlines
from lianxin.rules.worktime import Span

HANDLE = "handle"


def handle_clock(case: Case[ExtensionPetition] | Case[ExtensionDecision], share: Assignment) -> Clock | None:
    """The share's running deadline for its reply."""
    clocks = (c for c in case.docket.running_clocks() if c.assignment_id == share.id and c.kind == HANDLE)
    return next(clocks, None)


class ExtensionPetition(AboutShare):
    """How many more working days, and why."""

    workdays: int = Field(title="申请延长（工作日）", ge=1, le=60)
    reason: Reason


@verb
class FileExtension(Verb[ExtensionPetition]):
    """Asks for more time; the clock runs on until it is granted."""

    action = "extension.filed"
    payload = ExtensionPetition

    def check(self, case: Case[ExtensionPetition]) -> None:
        share, rule = case.the_share(), case.pack.petition.extension
        clock = handle_clock(case, share)
        require(clock is not None, "", "本件没有正在计时的办理时限")
        assert clock is not None
        require(share.extensions < rule.max_times, "", f"每件最多延期 {rule.max_times} 次，本件已用完")
        require(not case.docket.open_tasks(share, "extension"), "", "延期申请已提交，请等待审定")
        last = rule.before.before(clock.due, case.outside().calendar)
        require(case.at < last, "", f"延期须在{rule.before}提出，本件已过期限")
        _within(case, clock, case.payload.workdays)

    def effect(self, case: Case[ExtensionPetition]) -> None:
        case.ask("extension", case.order.home_id, "dispatcher", share=case.the_share(), petition=True)

    def tell(self, payload: ExtensionPetition) -> tuple[str, str]:
        return f"申请延期 {payload.workdays} 个工作日", payload.reason


class ExtensionDecision(AboutShare):
    """Granted with how many working days, or refused."""

    approved: bool = Field(title="审定", json_schema_extra=widget("verdict", yes="同意延期", no="不同意"))
    workdays: int | None = Field(None, title="延长（工作日）", ge=1, le=60)
    note: Words = Field("", title="审定意见")
    #: filled in by the ledger: the new due time and warning
    due: AwareDatetime | None = Field(None, json_schema_extra=widget("none"))
    warn_at: AwareDatetime | None = Field(None, json_schema_extra=widget("none"))


@verb
class DecideExtension(Verb[ExtensionDecision]):
    """Granted: the running clock gets its new due time.  Nothing is restarted."""

    action = "extension.decided"
    payload = ExtensionDecision

    def resolve(self, case: Case[ExtensionDecision]) -> ExtensionDecision:
        payload = case.payload.model_copy(update={"due": None, "warn_at": None})
        clock = handle_clock(case, case.the_share())
        if not payload.approved or payload.workdays is None or clock is None:
            return payload
        due = _later(clock.due, payload.workdays, case)
        rule = case.pack.clock(clock.rule)
        warn = deadlines.warn_at(rule, clock.start, due, case.outside().calendar)
        return payload.model_copy(update={"due": due, "warn_at": warn})

    def check(self, case: Case[ExtensionDecision]) -> None:
        payload = case.payload
        require(case.docket.open_tasks(case.the_share(), "extension"), "", "这家单位没有待审定的延期申请")
        require(payload.workdays or not payload.approved, "workdays", "同意延期须写明延长几个工作日")
        require(payload.due or not payload.approved, "", "本件已经答复，无须再延期")
        clock = handle_clock(case, case.the_share())
        if payload.approved and payload.workdays and clock is not None:
            _within(case, clock, payload.workdays)

    def effect(self, case: Case[ExtensionDecision]) -> None:
        share, payload = case.the_share(), case.payload
        for task in case.docket.open_tasks(share, "extension"):
            case.docket.finish(task, case.at, "approved" if payload.approved else "refused")
        clock = handle_clock(case, share)
        if not payload.approved or payload.due is None or clock is None:
            return
        share.extensions += 1
        case.docket.move_due(clock, payload.due, payload.warn_at, case.at)

    def tell(self, payload: ExtensionDecision) -> tuple[str, str]:
        return (f"同意延期 {payload.workdays} 个工作日" if payload.approved else "不同意延期"), payload.note


def _within(case: Case[ExtensionPetition] | Case[ExtensionDecision], clock: Clock, workdays: int) -> None:
    """Refuse more than the rule allows at a time: whoever decides is bound by it like whoever asks."""
    longest = deadlines.extended(clock.due, case.pack.petition.extension.at_most, case.outside().calendar)
    sentence = f"一次最多延长{case.pack.petition.extension.at_most}"
    require(_later(clock.due, workdays, case) <= longest, "workdays", sentence)


def _later(due: datetime, workdays: int, case: Case[ExtensionPetition] | Case[ExtensionDecision]) -> datetime:
    """`due` put off by `workdays` working days."""
    return deadlines.extended(due, Span.parse(f"{workdays} workdays"), case.outside().calendar)
