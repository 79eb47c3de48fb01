"""The kinds of petitions that a pack names itself (``[[petition_kind]]``): what a unit may ask of the centre, for which
reasons, with what evidence, and after what; and what the centre raises to the upper platform (``[[raising]]``).

Who decides within which time says the ``[[task]]`` of that kind, from the event ``filed.KIND``; return and extension
have verbs and settings of their own (``[petition]``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic import model_validator as model_check

from lianxin.rules.context import known_event
from lianxin.rules.policy_rows import Code, ForwardSpan, Row, carriers
from lianxin.rules.policy_settings import ReturnReason, title_in
from lianxin.rules.policy_tasks import PETITIONS

#: Kinds of tasks that verbs make by themselves.
TAKEN = frozenset({*PETITIONS.values(), "remark"})
#: What else may be raised: a promise, which is agreed to as a proceeding of its own.
PROMISE = "promise"
Grants = Literal["judged", "excluded", "merged"]


class PetitionRule(Row):
    """A kind of petition, filed by ``petition.filed`` and decided by ``petition.decided``.

    ``needs``: events that must have happened on the share before, at the latest ``within`` of the last of them (without
    ``needs``: of its dispatch).  Granted, its reason stands on the order (``order.judged``), the order is left out of
    assessment, or it is merged into the one that the petition names (``grants``).
    """

    table: ClassVar[str] = "petition_kind"

    code: Code = Field(description="申请种类")
    reasons: tuple[ReturnReason, ...] = Field(min_length=1, description="理由")
    evidence: bool = Field(False, description="须附证据材料")
    needs: tuple[str, ...] = Field((), description="提出之前须已发生的事件")
    within: ForwardSpan | None = Field(None, description="其后多久之内提出")
    max_times: int = Field(1, ge=1, le=20, description="同一承办单位对同一工单最多申请次数")
    grants: Grants = Field("judged", description="同意之后：judged 作出认定，excluded 不计入考核，merged 并入所填工单")

    @field_validator("code")
    @classmethod
    def _free(cls, value: str) -> str:
        if value in TAKEN:
            raise ValueError(f"{'、'.join(sorted(TAKEN))} 以外的代码")
        return value

    @field_validator("needs", mode="before")
    @classmethod
    def _events(cls, value: Any) -> tuple[str, ...]:
        events = value if isinstance(value, tuple) else (value,)
        sound = (isinstance(event, str) and known_event(event) and "share" in carriers(event) for event in events)
        if not all(sound):
            raise ValueError("承办件上的事件，如 contact（首次联系诉求人）")
        return events

    def reason_title(self, code: str) -> str:
        """What a reason is called; the code itself where the rule has none of it."""
        return title_in(self.reasons, code)


class RaisingRule(Row):
    """What of an order of the upper platform the centre raises to it (上报): a petition of the kind ``petition``, or a
    promise.  ``allow``: within what time that platform answers.

    ``must``: the centre grants none by itself.  A return may always be settled among the centre's own units, so only
    giving the order back to the platform is raised.
    """

    table: ClassVar[str] = "raising"

    petition: Code = Field(description="申请种类")
    must: bool = Field(False, description="须上级平台同意，中心不能自行批准")
    allow: ForwardSpan = Field(description="上级平台答复的时限")

    @model_check(mode="after")
    def _may_be_settled_here(self) -> RaisingRule:
        if self.must and self.petition == "return":
            raise ValueError("return 不写 must：在本级单位之间改派不须上级平台同意")
        return self
