"""Petitions of the kinds that a pack names itself: a unit asks, with reason and evidence; the centre decides.

Source: D27 (对不合理诉求第一时间向诉求人做好解释引导等工作，并及时上报不合理工单).  Handling goes on and no clock stops
while one is open, and when it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.models import Entry
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.about import AboutShare, AboutTask
from lianxin.orders.deed import Deed
from lianxin.orders.duties import lies_on
from lianxin.orders.models import Order
from lianxin.orders.petitions import granted, mergeable, merged, none_waits, somebody_decides
from lianxin.orders.verbs import Verb
from lianxin.proceedings.upstairs import decided_here
from lianxin.rules.context import event_title
from lianxin.rules.lifecycle import OPEN
from lianxin.rules.policy import Pack
from lianxin.rules.policy_petitions import Grants, PetitionRule
from lianxin.rules.serving import serves

serves("D27")

FILED = "petition.filed"


class Petition(AboutShare):
    """Which kind, for which of its reasons, and in the unit's own words."""

    kind: str = Field(title="申请事项", max_length=24, json_schema_extra=widget("petition_kind"))
    petition_reason: str = Field(title="理由", max_length=16, json_schema_extra=widget("petition_reason"))
    reason: Annotated[Reason, Field(title="情况说明")]
    into: str = Field("", title="应并入的工单号（申请并单时填写）", max_length=32)


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
        entries = deed.said()
        times = _filed_before(deed, rule.code, entries)
        require(times < rule.max_times, "kind", f"同一单位最多申请 {rule.max_times} 次，已申请过")
        _in_time(deed, rule, entries)
        _one_to_go_into(deed, rule)
        require(deed.file_count or not rule.evidence, "files", "须附证据材料，如解释记录、政策依据、现场照片")

    def events(self, deed: Deed[Petition]) -> tuple[str, ...]:
        return (f"filed.{deed.payload.kind}",)

    def tell_under(self, payload: Petition, pack: Pack) -> tuple[str, str]:
        return f"{pack.petition_title(payload.kind)}：{_reason(payload, pack)}", payload.reason


def _one_to_go_into(deed: Deed[Petition], rule: PetitionRule) -> None:
    """A merge names the order that goes on, which the unit can see; an order is left out of assessment once."""
    into, merges = deed.payload.into, rule.grants == "merged"
    require(bool(into) or not merges, "into", "请填写应并入的工单号")
    require(not into or merges, "into", "只有申请并单才填写工单号")
    require(rule.grants != "excluded" or not deed.order.excluded, "kind", "本工单已不计入考核")
    if into and merges:
        actor = deed.actor
        assert actor.unit is not None
        seen = Order.objects.in_reach(deed.order.centre_id, [(actor.role, actor.unit)], actor.staff, deed.directory)
        there = seen.filter(number=into, state__in=OPEN).exclude(pk=deed.order.pk).exists()
        require(there, "into", "没有这张在办的工单，或不是本单位承办的，请核对工单号")


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


class Decision(AboutTask):
    """Granted or not, and why.  The ledger fills in what was asked."""

    approved: bool = Field(title="审定", json_schema_extra=widget("verdict", yes="同意", no="不同意"))
    reason: Annotated[Reason, Field(title="审定意见")]
    kind: str = Field("", json_schema_extra=widget("none"))
    judged: str = Field("", json_schema_extra=widget("none"))
    grants: Grants = Field("judged", json_schema_extra=widget("none"))
    into: str = Field("", json_schema_extra=widget("none"))


@verb
class Decide(Verb[Decision]):
    """Granted, it does what its kind grants; refused, the unit is told why and goes on.  Either way no clock of the
    order moves but those that the pack makes go by it."""

    action = "petition.decided"
    payload = Decision
    moves_clocks = True

    def resolve(self, deed: Deed[Decision]) -> Decision:
        task = deed.docket.tasks[deed.payload.task]
        found = deed.pack.petition_kind(task.kind)
        said: dict[str, Any] = {"kind": task.kind, "judged": task.reason}
        said |= {"grants": found.grants if found else "judged", "into": ""}
        if said["grants"] == "merged":
            filed = (entry.payload for entry in deed.said(FILED))
            mine = [each for each in filed if (each["kind"], each["share"]) == (task.kind, task.share_id)]
            said["into"] = mine[-1].get("into", "") if mine else ""
        return deed.payload.model_copy(update=said)

    def check(self, deed: Deed[Decision]) -> None:
        task = deed.docket.tasks[deed.payload.task]
        rule = deed.pack.task(task.rule)
        require(
            task.petition and task.kind in {each.code for each in deed.pack.petitions}, "", "这项申请另有审定的操作"
        )
        ready = rule is None or task.level >= len(rule.levels)
        require(ready, "", "这项申请还在逐级审签，审签完毕后再审定")
        mine = deed.actor.role == "system" or lies_on(task, deed.actor, deed.directory, rule)
        require(mine, "", "这项申请不在您的岗位")
        decided_here(deed, task.kind)
        if deed.payload.approved and deed.payload.grants == "merged":
            mergeable(deed)

    def events(self, deed: Deed[Decision]) -> tuple[str, ...]:
        return (f"decided.{deed.payload.kind}",)

    def effect(self, deed: Deed[Decision]) -> None:
        task = deed.docket.tasks[deed.payload.task]
        deed.docket.finish(task, deed.at, "approved" if deed.payload.approved else "refused")
        if deed.payload.approved:
            granted(deed)

    def follows(self, deed: Deed[Decision]) -> Iterator[Follow]:
        if deed.payload.approved and deed.payload.grants == "merged":
            yield from merged(deed)

    def tell_under(self, payload: Decision, pack: Pack) -> tuple[str, str]:
        verdict = "同意" if payload.approved else "不同意"
        reason = pack.petition_reason(payload.kind, payload.judged)
        return f"{verdict}：{pack.petition_title(payload.kind)}（{reason}）", payload.reason
