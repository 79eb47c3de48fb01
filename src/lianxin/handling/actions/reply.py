"""The unit's reply (答复): what was done, where it stands, with what result, request by request."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Words, says_why, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.repeats import needless
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import ShareState

SOLVE_TITLES = {"solved": "已解决", "partly": "部分解决", "explained": "已解释说明", "unsolved": "未解决"}
#: On what an answer stands that only explains (B15): the law restricts it, or nobody has laid down a policy yet.
BASIS_TITLES = {"law": "受法律法规限制", "no_policy": "上级尚未出台政策"}
Element = Annotated[str, Private, Field(max_length=4000, json_schema_extra=widget("textarea"))]


class ReplyText(AboutShare):
    """The required elements (E26: 举措、进展、结果) and an answer to each numbered request (E27); of one that only
    explains, its basis and how that was said face to face (B15)."""

    measures: Element = Field(title="办理措施")
    progress: Element = Field(title="办理进展")
    result: Element = Field(title="办理结果")
    answers: Annotated[tuple[str, ...], Private] = Field((), title="逐项答复", json_schema_extra=widget("answers"))
    solve_code: Literal["solved", "partly", "explained", "unsolved"] = Field(
        "solved", title="是否解决", json_schema_extra=widget("choice", titles=SOLVE_TITLES)
    )
    explained_by: Literal["law", "no_policy"] | None = Field(
        None,
        title="解释依据",
        json_schema_extra=widget("choice", titles=BASIS_TITLES, none="不适用", when="solve_code=explained"),
    )
    basis: Words = Field(
        "",
        title="法规条款，或待明确的事项和应由哪一级出台",
        json_schema_extra=widget("textarea", when="solve_code=explained"),
    )
    face: Words = Field(
        "",
        title="当面解释的时间、地点、人员和经过",
        json_schema_extra=widget("textarea", when="solve_code=explained"),
    )


@verb
class Reply(Verb[ReplyText]):
    """The lead's reply; it goes to the unit's audit, then to the centre's."""

    action = "share.replied"
    payload = ReplyText

    def events(self, deed: Deed[ReplyText]) -> tuple[str, ...]:
        """Only what goes to the centre stops the unit's time: at once, or when its own lead has approved it."""
        return ("reply",) if deed.pack.reply.unit_audit else ("reply", "audit")

    def check(self, deed: Deed[ReplyText]) -> None:
        payload, rule = deed.payload, deed.pack.reply
        for element in rule.elements:
            text = getattr(payload, element.code, "")
            sentence = f"请写明{element.title}，至少 {element.min_length} 个字"
            require(len(text) >= max(element.min_length, 1), element.code, sentence)
        _explained(deed)
        if rule.each_request:
            _each_request(deed)

    def effect(self, deed: Deed[ReplyText]) -> None:
        share = deed.the_share()
        share.replied_at, share.reply_entry = deed.at, deed.entry_number
        share.unit_audited_at = None

    def tell(self, payload: ReplyText) -> tuple[str, str]:
        answers = "\n".join(f"{n}. {text}" for n, text in enumerate(payload.answers, 1))
        parts = f"措施：{payload.measures}\n进展：{payload.progress}\n结果：{payload.result}\n{answers}"
        if payload.explained_by:
            why = BASIS_TITLES[payload.explained_by]
            parts += f"\n解释依据：{why}；{payload.basis}\n当面解释：{payload.face or '未记录'}"
        return f"提交答复（{SOLVE_TITLES[payload.solve_code]}）", parts


def _each_request(deed: Deed[ReplyText]) -> None:
    """Refuse a reply that leaves a request unanswered, or answers more than were made."""
    payload, wanted, spared = deed.payload, deed.order.request_count, needless(deed.order)
    for number in range(1, wanted + 1):
        if number in spared:
            continue
        given = payload.answers[number - 1] if len(payload.answers) >= number else ""
        require(given.strip(), "answers", f"第 {number} 项诉求还没有答复，请逐项填写")
    require(len(payload.answers) <= wanted, "answers", f"本工单共 {wanted} 项诉求，答复多于诉求")


def _explained(deed: Deed[ReplyText]) -> None:
    """Refuse an answer that only explains without what the pack asks of it, and a basis under any other answer."""
    payload, asked = deed.payload, deed.pack.reply.explained
    explains = payload.solve_code == "explained"
    require(explains or not payload.explained_by, "explained_by", "只有“已解释说明”的答复才写解释依据")
    if not explains:
        return
    # Whatever is asked of it: an order that is only explained says on what ground (`Order.explained`).
    require(payload.explained_by or not asked, "explained_by", f"请选择解释依据：{'、'.join(BASIS_TITLES.values())}")
    if "basis" in asked or payload.explained_by:
        require(says_why(payload.basis), "basis", "请写明法规条款，或待明确的事项和应由哪一级出台")
    if "face" in asked:
        require(len(payload.face.strip()) >= 10, "face", "请写明当面解释的时间、地点、人员和经过，至少 10 个字")


class UnitAudit(AboutShare):
    """The unit's lead on the reply."""

    approved: bool = Field(title="单位审核", json_schema_extra=widget("verdict", yes="同意报送", no="退回修改"))
    note: Words = Field("", title="审核意见")


@verb
class AuditInUnit(Verb[UnitAudit]):
    """Approved, it goes to the centre; refused, it is back on the clerk's desk and the time runs."""

    action = "share.unit_audited"
    payload = UnitAudit

    def events(self, deed: Deed[UnitAudit]) -> tuple[str, ...]:
        return ("audit",) if deed.payload.approved else ()

    def check(self, deed: Deed[UnitAudit]) -> None:
        require(deed.the_share().unit_audited_at is None, "", "本答复已经单位审核")

    def effect(self, deed: Deed[UnitAudit]) -> None:
        share = deed.the_share()
        if deed.payload.approved:
            share.unit_audited_at = deed.at
        else:
            share.state = ShareState.SIGNED

    def tell(self, payload: UnitAudit) -> tuple[str, str]:
        return ("单位审核同意，报送中心" if payload.approved else "单位审核退回修改"), payload.note
