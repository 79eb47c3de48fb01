"""Media case (媒体跟进): a medium follows how something is carried out, and what is not carried out it publishes.

Source: B20 (同时，由区级媒体全程跟进，对落实不力问题适时进行曝光).  What was published is an event of each of its
orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant
from lianxin.ledger.verbs import Follow
from lianxin.proceedings.abouts import Numbers, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("B20")

WHO = posts("supervisor", "leader")


class Opening(OfOrders):
    """Which medium follows what; and to which original submission it belongs, if any."""

    medium: Annotated[str, Private] = Field(title="媒体", min_length=2, max_length=60)
    title: Title
    numbers: Numbers = Field(title="涉及工单", min_length=1)
    text: Text = Field(title="跟进内容")
    submission: str = Field("", title="所属原件呈批的编号", max_length=32)


class Following(Payload):
    """What the medium found."""

    progress: Account = Field(title="跟进情况")


class Publishing(Payload):
    """When it was published, and where."""

    published_at: Instant = Field(title="刊播时间")
    headline: Annotated[str, Private] = Field(title="刊播标题", min_length=2, max_length=200)
    link: Annotated[str, Private] = Field("", title="刊播版面、链接", max_length=500)


class Mending(Payload):
    """What the unit has done since."""

    result: Account = Field(title="曝光后的整改情况")


def _belongs(deed: Deed[Opening]) -> None:
    """To a submission that is there, about one of the same orders."""
    number = deed.payload.submission
    if not number:
        return
    known = Proceeding.objects.filter(centre=deed.proceeding.centre_id, kind="original_submission", number=number)
    require(known.exists(), "submission", f"没有编号为 {number} 的原件呈批，请核对")
    same = About.objects.filter(proceeding__in=known, role="subject", to_order__in=deed.payload.orders)
    require(same.exists(), "submission", f"原件呈批 {number} 不涉及这里填写的工单，请核对")


def _has_come_out(deed: Deed[Publishing]) -> None:
    require(deed.payload.published_at <= deed.at, "published_at", "刊播时间不能晚于现在，刊播后再登记")


def _exposed(deed: Deed[Publishing]) -> Iterator[Follow]:
    root = deed.proceeding
    for pk in sorted(orders_of(deed)):
        yield Follow("order.exposed", pk, {"case": root.pk, "number": root.number})


add(
    Kind(
        code="media_case",
        title="媒体跟进",
        listed=("medium", "published_at", "headline"),
        states={
            "following": State("跟进中", "supervisor"),
            "published": State("已曝光，待整改", "supervisor"),
            "mended": State("已整改"),
            "ended": State("未曝光，已结束"),
        },
        steps=(
            Step("opened", "请媒体跟进", Opening, WHO, to="following", check=_belongs, icon="news"),
            Step("followed", "记录跟进情况", Following, WHO, ("following", "published"), icon="notes", decides=False),
            Step(
                "published",
                "登记曝光",
                Publishing,
                WHO,
                ("following", "published"),
                "published",
                check=_has_come_out,
                follows=_exposed,
                icon="eye",
            ),
            Step("mended", "登记整改", Mending, WHO, ("published",), "mended", icon="clipboard-check"),
            Step("ended", "结束跟进（未曝光）", Reasoned, WHO, ("following",), "ended", icon="x"),
        ),
    )
)
