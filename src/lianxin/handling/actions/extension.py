"""More time, asked for before the deadline and decided by the centre (延期)."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed, require
from lianxin.orders.fields import Reason, Words, widget
from lianxin.orders.models import Clock, Share
from lianxin.orders.verbs import Verb, verb
from lianxin.rules import deadlines
from lianxin.rules.worktime import Span

HANDLE = "handle"


def handle_clock(deed: Deed[ExtensionPetition] | Deed[ExtensionDecision], share: Share) -> Clock | None:
    """The share's running deadline for its reply."""
    clocks = (c for c in deed.docket.running_clocks() if c.share_id == share.id and c.kind == HANDLE)
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

    def check(self, deed: Deed[ExtensionPetition]) -> None:
        share, rule = deed.the_share(), deed.pack.petition.extension
        clock = handle_clock(deed, share)
        require(clock is not None, "", "本件没有正在计时的办理时限")
        assert clock is not None
        require(share.extensions < rule.max_times, "", f"每件最多延期 {rule.max_times} 次，本件已用完")
        require(not deed.docket.open_tasks(share, "extension"), "", "延期申请已提交，请等待审定")
        last = rule.before.before(clock.due, deed.outside().calendar)
        require(deed.at < last, "", f"延期须在{rule.before}提出，本件已过期限")
        _within(deed, clock, deed.payload.workdays)

    def effect(self, deed: Deed[ExtensionPetition]) -> None:
        deed.ask("extension", deed.order.home_id, "dispatcher", share=deed.the_share(), petition=True)

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

    def resolve(self, deed: Deed[ExtensionDecision]) -> ExtensionDecision:
        payload = deed.payload.model_copy(update={"due": None, "warn_at": None})
        clock = handle_clock(deed, deed.the_share())
        if not payload.approved or payload.workdays is None or clock is None:
            return payload
        due = _later(clock.due, payload.workdays, deed)
        rule = deed.pack.clock(clock.rule)
        warn = deadlines.warn_at(rule, clock.start, due, deed.outside().calendar)
        return payload.model_copy(update={"due": due, "warn_at": warn})

    def check(self, deed: Deed[ExtensionDecision]) -> None:
        payload = deed.payload
        require(deed.docket.open_tasks(deed.the_share(), "extension"), "", "这家单位没有待审定的延期申请")
        require(payload.workdays or not payload.approved, "workdays", "同意延期须写明延长几个工作日")
        require(payload.due or not payload.approved, "", "本件已经答复，无须再延期")
        clock = handle_clock(deed, deed.the_share())
        if payload.approved and payload.workdays and clock is not None:
            _within(deed, clock, payload.workdays)

    def effect(self, deed: Deed[ExtensionDecision]) -> None:
        share, payload = deed.the_share(), deed.payload
        for task in deed.docket.open_tasks(share, "extension"):
            deed.docket.finish(task, deed.at, "approved" if payload.approved else "refused")
        clock = handle_clock(deed, share)
        if not payload.approved or payload.due is None or clock is None:
            return
        share.extensions += 1
        deed.docket.move_due(clock, payload.due, payload.warn_at, deed.at)

    def tell(self, payload: ExtensionDecision) -> tuple[str, str]:
        return (f"同意延期 {payload.workdays} 个工作日" if payload.approved else "不同意延期"), payload.note


def _within(deed: Deed[ExtensionPetition] | Deed[ExtensionDecision], clock: Clock, workdays: int) -> None:
    """Refuse more than the rule allows at a time: whoever decides is bound by it like whoever asks."""
    longest = deadlines.extended(clock.due, deed.pack.petition.extension.at_most, deed.outside().calendar)
    sentence = f"一次最多延长{deed.pack.petition.extension.at_most}"
    require(_later(clock.due, workdays, deed) <= longest, "workdays", sentence)


def _later(due: datetime, workdays: int, deed: Deed[ExtensionPetition] | Deed[ExtensionDecision]) -> datetime:
    """`due` put off by `workdays` working days."""
    return deadlines.extended(due, Span.parse(f"{workdays} workdays"), deed.outside().calendar)
