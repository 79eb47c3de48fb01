"""A unit says that an order is not its own (退单申请): for which of the pack's reasons, and in its own words."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, UnitId, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.giving import ready_unit
from lianxin.orders.petitions import none_waits, somebody_decides
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import ShareState
from lianxin.rules.policy import Pack


class ReturnPetition(AboutShare):
    """Why, by which rule, and whose it is instead.  The reason is one of the pack's; the words are private."""

    return_reason: str = Field(title="退单理由", max_length=16, json_schema_extra=widget("return_reason"))
    reason: Annotated[Reason, Field(title="情况说明")]
    legal_basis: str = Field(title="职责依据", min_length=2, max_length=200)
    suggested_unit: UnitId | None = Field(None, title="建议承办单位")


@verb
class FileReturn(Verb[ReturnPetition]):
    """Asks to give the share back.  Until it is decided the unit stays responsible (A13, D18)."""

    action = "return.filed"
    payload = ReturnPetition

    def check(self, deed: Deed[ReturnPetition]) -> None:
        share, rule = deed.the_share(), deed.pack.petition.return_
        require(share.depth == 0, "", "下派件的退单由下派的单位提出，请与其联系")
        require(not share.forced, "", "本件已强派，不能再申请退单；有争议可提请联席会议")
        somebody_decides(deed, "return", "本件所用的规则包没有规定退单申请由谁审定，请先与热线中心联系")
        none_waits(deed, "return", "退单申请已提交，请等待审定")
        given = [s for s in deed.docket.shares(depth=0) if s.unit_id == share.unit_id]
        decided = sum(s.forced or s.state == ShareState.RETURNED for s in given)
        require(decided < rule.max_times, "", f"同一单位最多申请退单 {rule.max_times} 次，可提请联席会议")
        last = rule.within.due(share.dispatched_at, deed.outside().calendar)
        require(deed.at < last, "", f"已超过申请退单的期限（派单后{rule.within}内）")
        reasons = {reason.code: reason.title for reason in rule.reasons}
        require(
            deed.payload.return_reason in reasons, "return_reason", f"退单理由只能是：{'、'.join(reasons.values())}"
        )
        suggested = deed.payload.suggested_unit
        if suggested is not None:
            ready_unit(deed, suggested, "suggested_unit")

    def tell_under(self, payload: ReturnPetition, pack: Pack) -> tuple[str, str]:
        reason = pack.petition.return_.reason_title(payload.return_reason)
        return f"申请退单：{reason}，依据{payload.legal_basis}", payload.reason
