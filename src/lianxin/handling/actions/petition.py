"""Petitions of the kinds that a pack names itself: a unit asks, with reason and evidence; the centre decides.

Source: D27 (对不合理诉求第一时间向诉求人做好解释引导等工作，并及时上报不合理工单).  Handling goes on and no clock stops
while one is open, and when it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.models import Entry
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare, AboutTask
from lianxin.orders.deed import Deed
from lianxin.orders.duties import lies_on
from lianxin.orders.petitions import granted, none_waits, somebody_decides
from lianxin.orders.verbs import Verb
from lianxin.rules.context import event_title
from lianxin.rules.policy import Pack
from lianxin.rules.policy_petitions import PetitionRule
from lianxin.rules.serving import serves

serves("D27")

FILED = "petition.filed"


class Petition(AboutShare):
    """Which kind, for which of its reasons, and in the unit's own words."""

    kind: str = Field(title="申请事项", max_length=24, json_schema_extra=widget("petition_kind"))
    petition_reason: str = Field(title="理由", max_length=16, json_schema_extra=widget("petition_reason"))
    reason: Annotated[Reason, Field(title="情况说明")]


@verb
class File(Verb[Petition]):
    """Asks the centre; the unit goes on handling until it is decided, and afterwards."""

    action = FILED
    payload = Petition

    def check(self, deed: Deed[Petition]) -> None:
        payload, share, kinds = deed.payload, deed.the_share(), deed.pack.petitions
        require(kinds, "", "本件所用的规则包没有这类申请")
        require(share.depth == 0, "", "下派件由下派的单位提出，请与其联系")
        rule = deed.pack.petition_kind(payload.kind)
        require(rule is not None, "kind", f"申请事项只能是：{'、'.join(each.title for each in kinds)}")
        if rule is None:
            return
        reasons = {reason.code: reason.title for reason in rule.reasons}
        require(payload.petition_reason in reasons, "petition_reason", f"理由只能是：{'、'.join(reasons.values())}")
        somebody_decides(deed, rule.code, "本件所用的规则包没有规定这类申请由谁审定，请先与热线中心联系")
        none_waits(deed, rule.code, "同样的申请已提交，请等待审定")
        require(not deed.order.judged, "kind", f"本工单已认定：{deed.pack.judged_title(deed.order.judged)}")
        entries = _entries(deed)
        times = _filed_before(deed, rule.code, entries)
        require(times < rule.max_times, "kind", f"同一单位最多申请 {rule.max_times} 次，已申请过")
        _in_time(deed, rule, entries)
        require(deed.file_count or not rule.evidence, "files", "须附证据材料，如解释记录、政策依据、现场照片")

    def events(self, deed: Deed[Petition]) -> tuple[str, ...]:
        return (f"filed.{deed.payload.kind}",)

    def tell_under(self, payload: Petition, pack: Pack) -> tuple[str, str]:
        return f"{pack.petition_title(payload.kind)}：{_reason(payload, pack)}", payload.reason


def _reason(payload: Petition, pack: Pack) -> str:
    return pack.petition_reason(payload.kind, payload.petition_reason)


def _filed_before(deed: Deed[Petition], kind: str, entries: Sequence[Entry]) -> int:
    """How often this unit has filed one of the kind on the order, in whichever round."""
    shares = {share.id for share in deed.docket.all_shares.values() if share.unit_id == deed.the_share().unit_id}
    filed = (entry.payload for entry in entries if entry.action == FILED)
    return sum(said["kind"] == kind and said["share"] in shares for said in filed)


def _in_time(deed: Deed[Petition], rule: PetitionRule, entries: Sequence[Entry]) -> None:
    """Refuse what comes before it may, or later than it should."""
    share, docket = deed.the_share(), deed.docket
    # What a unit below did for it counts too.
    line = {below.id for below in docket.all_shares.values() if share in docket.line(below)}
    begun, mine = [share.dispatched_at], [entry for entry in entries if entry.payload.get("share") in line]
    for event in rule.needs:
        heard = [entry.at for entry in mine if event in entry.derived.get("events", ())]
        require(heard, "kind", f"须先有“{event_title(event)}”的记录，才能提出这项申请")
        begun += heard[:1]
    if rule.within is not None:
        _not_late(deed, rule, max(begun))


def _not_late(deed: Deed[Petition], rule: PetitionRule, begun: datetime) -> None:
    assert rule.within is not None
    since = "、".join(event_title(event) for event in rule.needs) or "派单"
    last = rule.within.due(begun, deed.outside().calendar)
    require(deed.at < last, "kind", f"已超过提出这项申请的期限（{since}后{rule.within}内）")


def _entries(deed: Deed[Petition]) -> list[Entry]:
    """The order's ledger so far: from the tables, and of this very batch."""
    stored = Entry.objects.filter(order=deed.order.pk).order_by("number")
    return [*stored, *deed.outside().others.entries.get(deed.order.pk, ())]


class Decision(AboutTask):
    """Granted or not, and why.  The ledger fills in what was asked."""

    approved: bool = Field(title="审定", json_schema_extra=widget("verdict", yes="同意", no="不同意"))
    reason: Annotated[Reason, Field(title="审定意见")]
    kind: str = Field("", json_schema_extra=widget("none"))
    judged: str = Field("", json_schema_extra=widget("none"))


@verb
class Decide(Verb[Decision]):
    """Granted, it stands on the order; refused, the unit is told why and goes on.  Either way no clock of the order
    moves but those that the pack makes go by it."""

    action = "petition.decided"
    payload = Decision
    moves_clocks = True

    def resolve(self, deed: Deed[Decision]) -> Decision:
        task = deed.docket.tasks[deed.payload.task]
        return deed.payload.model_copy(update={"kind": task.kind, "judged": task.reason})

    def check(self, deed: Deed[Decision]) -> None:
        task = deed.docket.tasks[deed.payload.task]
        rule = deed.pack.task(task.rule)
        require(
            task.petition and task.kind in {each.code for each in deed.pack.petitions}, "", "这项申请另有审定的操作"
        )
        ready = rule is None or task.level >= len(rule.levels)
        require(ready, "", "这项申请还在逐级审签，审签完毕后再审定")
        require(lies_on(task, deed.actor, deed.directory), "", "这项申请不在您的岗位")

    def events(self, deed: Deed[Decision]) -> tuple[str, ...]:
        return (f"decided.{deed.payload.kind}",)

    def effect(self, deed: Deed[Decision]) -> None:
        task = deed.docket.tasks[deed.payload.task]
        deed.docket.finish(task, deed.at, "approved" if deed.payload.approved else "refused")
        if deed.payload.approved:
            granted(deed.payload.kind, deed)

    def tell_under(self, payload: Decision, pack: Pack) -> tuple[str, str]:
        verdict = "同意" if payload.approved else "不同意"
        reason = pack.petition_reason(payload.kind, payload.judged)
        return f"{verdict}：{pack.petition_title(payload.kind)}（{reason}）", payload.reason
