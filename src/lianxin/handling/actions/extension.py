"""More time, asked for before the deadline and decided by the centre (延期)."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from lianxin.ledger.chain import instant
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, Words, widget
from lianxin.ledger.models import Clock
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.models import Share
from lianxin.orders.petitions import decide, none_waits, somebody_decides, to_decide
from lianxin.orders.repeats import limit_at, waiting
from lianxin.orders.verbs import Verb
from lianxin.proceedings.upstairs import decided_here
from lianxin.rules import deadlines
from lianxin.rules.worktime import Span, show_due

HANDLE = "handle"
_TICK = "请先征得上级平台同意，再勾选“上级平台已同意延期”"


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
        somebody_decides(deed, "extension", "本件所用的规则包没有规定延期申请由谁审定，请先与热线中心联系")
        none_waits(deed, "extension", "延期申请已提交，请等待审定")
        last = rule.before.before(clock.due, deed.outside().calendar)
        require(deed.at < last, "", f"延期须在{rule.before}提出，本件已过期限")
        _within(deed, clock, deed.payload.workdays)

    def tell(self, payload: ExtensionPetition) -> tuple[str, str]:
        return f"申请延期 {payload.workdays} 个工作日", payload.reason


class ExtensionDecision(AboutShare):
    """Granted with how many working days, or refused."""

    approved: bool = Field(title="审定", json_schema_extra=widget("verdict", yes="同意延期", no="不同意"))
    workdays: int | None = Field(None, title="延长（工作日）", ge=1, le=60)
    upstream_agreed: bool = Field(False, title="上级平台已同意延期")
    note: Words = Field("", title="审定意见")
    #: filled in by the ledger: the new due time and warning; whether a breach that only the late decision brought
    #: about is taken back, as the pack says
    due: AwareDatetime | None = Field(None, json_schema_extra=widget("none"))
    warn_at: AwareDatetime | None = Field(None, json_schema_extra=widget("none"))
    forgiven: bool = Field(False, json_schema_extra=widget("none"))


@verb
class DecideExtension(Verb[ExtensionDecision]):
    """Granted: the running clock gets its new due time.  Nothing is restarted.

    Beyond the upper platform's limit only with its consent: its limit is then the new due time, also for the other
    clocks of the order.
    """

    action = "extension.decided"
    payload = ExtensionDecision
    moves_clocks = True

    def resolve(self, deed: Deed[ExtensionDecision]) -> ExtensionDecision:
        payload = deed.payload.model_copy(update={"due": None, "warn_at": None, "forgiven": False})
        clock = handle_clock(deed, deed.the_share())
        if not payload.approved or payload.workdays is None or clock is None:
            return payload
        due = _later(clock.due, payload.workdays, deed)
        rule = deed.pack.clock_like(clock.rule, clock.kind)
        warn = deadlines.warn_at(rule, clock.start, due, deed.outside().calendar) if rule else None
        asked = [task.made_at for task in deed.docket.open_tasks(deed.the_share().id, "extension")]
        in_time = bool(asked) and asked[0] < clock.due <= deed.at
        forgiven = in_time and deed.pack.petition.extension.late_decision == "centre"
        return payload.model_copy(update={"due": due, "warn_at": warn, "forgiven": forgiven})

    def check(self, deed: Deed[ExtensionDecision]) -> None:
        payload = deed.payload
        to_decide(deed, "extension", "这家单位没有待审定的延期申请")
        require(payload.workdays or not payload.approved, "workdays", "同意延期须写明延长几个工作日")
        require(payload.due or not payload.approved, "approved", "本件已经答复，无须再延期")
        clock = handle_clock(deed, deed.the_share())
        decided_here(deed, "extension")
        if payload.approved and payload.workdays and clock is not None:
            if deed.actor.role != "system":  # what the upper platform gives is not the centre's to cut
                _within(deed, clock, payload.workdays)
            _upstream(deed, clock)

    def effect(self, deed: Deed[ExtensionDecision]) -> None:
        share, payload = deed.the_share(), deed.payload
        decide(deed, "extension", approved=payload.approved)
        clock = handle_clock(deed, share)
        if not payload.approved or payload.due is None or clock is None:
            return
        share.extensions += 1
        deed.docket.extend(
            clock,
            payload.due,
            payload.warn_at,
            deed.at,
            deed.recorded_at,
            workdays=payload.workdays or 0,
            forgiven=payload.forgiven,
        )
        if payload.upstream_agreed:
            _put_off(deed, payload.due)

    def tell(self, payload: ExtensionDecision) -> tuple[str, str]:
        agreed = "（上级平台已同意）" if payload.upstream_agreed else ""
        return (f"同意延期 {payload.workdays} 个工作日{agreed}" if payload.approved else "不同意延期"), payload.note


def _upstream(deed: Deed[ExtensionDecision], clock: Clock) -> None:
    """Refuse what passes the upper platform's limit, unless that platform has agreed."""
    limit, due = limit_at(deed.order, clock.start), deed.payload.due
    rule = deed.pack.clock_like(clock.rule, clock.kind)
    bound = limit is not None and due is not None and rule is not None and rule.end == "upstream_due"
    if not bound or due <= limit:  # type: ignore[operator]
        return
    sentence = f"延期后为{show_due(due)}，超过上级平台时限{show_due(limit)}，"  # type: ignore[arg-type]
    if deed.pack.raising("extension") is None:
        require(deed.payload.upstream_agreed, "upstream_agreed", f"{sentence}{_TICK}")
    else:
        # What that platform said stands in the file of what was raised: a tick is no answer.
        require(deed.actor.role == "system", "workdays", f"{sentence}请上报上级平台，答复登记后自动延期")


def _put_off(deed: Deed[ExtensionDecision], due: datetime) -> None:
    """The upper platform's limits of this round that were earlier are now `due`: that is what it agreed to."""
    order = deed.order
    if order.upstream_due is not None and order.upstream_due_round == order.round:
        order.upstream_due = max(order.upstream_due, due)
    here = {repeat["order"] for repeat in waiting(order) if repeat["round"] == order.round and repeat["upstream_due"]}
    order.repeats = [
        {**repeat, "upstream_due": max(repeat["upstream_due"], instant(due))} if repeat["order"] in here else repeat
        for repeat in order.repeats
    ]


def _within(deed: Deed[ExtensionPetition] | Deed[ExtensionDecision], clock: Clock, workdays: int) -> None:
    """Refuse more than the rule allows at a time: whoever decides is bound by it like whoever asks."""
    longest = deadlines.extended(clock.due, deed.pack.petition.extension.at_most, deed.outside().calendar)
    sentence = f"一次最多延长{deed.pack.petition.extension.at_most}"
    require(_later(clock.due, workdays, deed) <= longest, "workdays", sentence)


def _later(due: datetime, workdays: int, deed: Deed[ExtensionPetition] | Deed[ExtensionDecision]) -> datetime:
    """`due` put off by `workdays` working days."""
    return deadlines.extended(due, Span.parse(f"{workdays} workdays"), deed.outside().calendar)
