"""Report upwards of what was carried out (落实上报): the last record of the ladder, closed with it.

Source: C49 (将落实结果及时上报有关领导).  It is made by the meeting whose decisions were carried out, and by nothing
else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, Words
from lianxin.ledger.verbs import Follow
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..ladder import Before, acts_for, made_from

serves("C49")

KIND, LEADER = "landing_report", posts("leader")
REPORT = "special_report.signed"


class Landed(Before):
    """What was decided, and what came of each of it."""

    landed: Annotated[str, Private, Field(title="落实事项", max_length=8000)]


class Accepting(Payload):
    """What the leader says to it."""

    note: Words = Field("", title="批示")


class Returning(Payload):
    """What is missing."""

    reason: Reason


def _up(deed: Deed[Any]) -> tuple[int, int]:
    """The meeting and the special report from which it came."""
    meeting = made_from(deed, deed.proceeding.pk)
    report = made_from(deed, meeting) if meeting is not None else None
    assert meeting is not None, "it is made by a meeting"
    assert report is not None, "which a special report has called"
    return meeting, report


def _is_recipient(deed: Deed[Any]) -> None:
    _, report = _up(deed)
    sent = About.objects.filter(proceeding=report, role="member", to_person__isnull=False)
    people = [person for person in sent.values_list("to_person", flat=True) if person is not None]
    require(acts_for(deed, people), "", "请由《情况专报》呈送的领导审阅")


def _closes(deed: Deed[Accepting]) -> Iterator[Follow]:
    """The special report, and the timely report from which it came, are over."""
    _, report = _up(deed)
    said = {"origin": deed.proceeding.number}
    yield Follow("special_report.settled", report, said)
    if (first := made_from(deed, report)) is not None:
        yield Follow("timely_report.settled", first, said)


def _goes_on(deed: Deed[Returning]) -> Iterator[Follow]:
    meeting, _ = _up(deed)
    yield Follow("work_meeting.resumed", meeting, {"reason": f"{deed.proceeding.number} 退回"})


PAPER = Paper(
    "落实情况报告",
    "{title}",
    "",
    ("根据协调会（{origin}）议定的事项，落实情况如下：", "{landed}", "# 落实结果", "{text}", "# 涉及工单", "{orders}"),
)

add(
    Kind(
        code=KIND,
        title="落实上报",
        under=lambda pack: pack.reports.instruct is not None,
        listed=("origin",),
        states={
            "submitted": State("待审阅", "leader"),
            "accepted": State("已审阅"),
            "returned": State("已退回继续落实"),
        },
        steps=(
            Step("opened", "上报落实结果", Landed, SYSTEM, to="submitted", by_itself=True, tells=True, paper=PAPER),
            Step(
                "accepted",
                "审阅办结",
                Accepting,
                LEADER,
                ("submitted",),
                "accepted",
                check=_is_recipient,
                follows=_closes,
                icon="signature",
            ),
            Step(
                "returned",
                "退回继续落实",
                Returning,
                LEADER,
                ("submitted",),
                "returned",
                check=_is_recipient,
                follows=_goes_on,
                icon="arrow-back-up",
            ),
        ),
    )
)
