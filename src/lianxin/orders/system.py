"""Verbs of the book itself: what clocks do, and looking at a caller's number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from lianxin.ledger import ringing
from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Reason, widget
from lianxin.ledger.ringing import Ringing
from lianxin.ledger.verbs import verb
from lianxin.rules.lifecycle import OUTSIDE, ShareState

from . import flags
from .book import ORDERS
from .deed import Deed
from .holders import answering, next_holder
from .models import Share
from .recount import recounted
from .recusal import NOT_HIM, recused
from .verbs import Verb


class Ring(ringing.Ring[Deed[Ringing]]):
    """What warning and breach of an order's clocks have in common."""

    book = ORDERS

    def concerns(self, deed: Deed[Ringing]) -> Iterator[int | None]:
        """Who answers for what is late: who must decide a petition, the auditor of what has been replied, the holder
        of what has not, else the owner of the order."""
        docket = deed.docket
        for clock_id in deed.payload.clocks:
            clock = docket.clocks[clock_id]
            task, share = docket.tasks.get(clock.task_id or 0), docket.all_shares.get(clock.share_id or 0)
            if task is not None:
                yield answering(deed.directory, task, deed.at, deed.pack.task(task.rule), recused(deed.order))
            elif share is None:
                yield deed.order.owner_person_id
            elif share.state == ShareState.REPLIED and (share.unit_audited_at or not deed.pack.reply.unit_audit):
                yield _holder(deed, deed.directory.root.id, "auditor")
            else:
                yield acting(deed, share)


def acting(deed: Deed[Ringing], share: Share) -> int | None:
    """Who is to be told of a share: its holder, or in his absence whoever holds his post."""
    holder = share.holder_id
    if deed.directory.away(holder, deed.at) and share.holder_post_id in deed.directory.posts:
        return deed.directory.holder(share.holder_post_id, deed.at) or holder
    return holder


def _holder(deed: Deed[Ringing], unit: int, role: str) -> int | None:
    """Who holds that post now; nobody where it is vacant."""
    posts = deed.directory.posts_at(unit, role)
    return next((person for post in posts if (person := deed.directory.holder(post.id, deed.at))), None)


@verb
class Warn(ringing.Warn[Deed[Ringing]], Ring):
    """The yellow card: the owner is told before it is too late."""

    action = "clock.warned"


@verb
class Breach(ringing.Breach[Deed[Ringing]], Ring):
    """The red card: the due time is past.  The clock runs on until it is met, late."""

    action = "clock.breached"

    def events(self, deed: Deed[Ringing]) -> tuple[str, ...]:
        kinds = dict.fromkeys(deed.docket.clocks[clock_id].kind for clock_id in deed.payload.clocks)
        return tuple(f"breach.{kind}" for kind in kinds)


class Recounting(Payload):
    """Which running clocks the working calendar of today has due at another time."""

    clocks: tuple[int, ...] = Field(min_length=1)


@verb
class Recount(Verb[Recounting]):
    """The days off have changed: the clocks are due when they would have been had it been known."""

    action = "clock.recounted"
    payload = Recounting
    alters = False

    def resolve(self, deed: Deed[Recounting]) -> Recounting:
        moved = tuple(line[0] for line in recounted(deed, deed.payload.clocks)["move"])
        require(moved, "clocks", "这些时限与现行放假安排相符，不须调整")
        return deed.payload.model_copy(update={"clocks": moved})

    def recounts(self, deed: Deed[Recounting]) -> tuple[int, ...]:
        return deed.payload.clocks

    def concerns(self, deed: Deed[Recounting]) -> Iterator[int | None]:
        for clock_id in deed.payload.clocks:
            share = deed.docket.all_shares.get(deed.docket.clocks[clock_id].share_id or 0)
            yield share.holder_id if share else deed.order.owner_person_id


class Telling(Payload):
    """What happened in the matter: another order joined it (or, no event: was handled again), and how many there are
    now."""

    event: str = Field(max_length=24)
    number: str
    orders: int
    #: the matter, as the order has it from now on
    matter: int | None = None
    #: in how many handling periods it was raised, and when the other order was; None where the pack does not ask
    periods: int | None = None
    raised_at: Instant | None = None


@verb
class Tell(Verb[Telling]):
    """An order is told of what happened to another one of its matter: the pack's duties `on = "members"` hear it."""

    action = "matter.told"
    payload = Telling
    alters = False
    moves_clocks = True

    def effect(self, deed: Deed[Telling]) -> None:
        deed.order.matter_orders = deed.payload.orders
        if deed.payload.periods is not None:
            deed.order.matter_periods = deed.payload.periods
        if deed.payload.matter is not None:
            deed.order.matter_id = deed.payload.matter

    def tell(self, payload: Telling) -> tuple[str, str]:
        if not payload.event:
            return f"同一事项的 {payload.number} 重办", ""
        return f"同一事项又有 {payload.number}，共 {payload.orders} 件", ""


class FlagsTelling(Payload):
    """What the caller is marked with now, and by an act on which other order."""

    flags: Annotated[tuple[str, ...], Private] = Field((), json_schema_extra=widget("none"))
    named: Annotated[str, Private] = ""
    number: str = ""


@verb
class TellFlags(Verb[FlagsTelling]):
    """The flags of an order's caller were changed by an act on another order of his."""

    action = flags.TOLD
    payload = FlagsTelling
    alters = False
    quiet = True
    moves_clocks = True

    def effect(self, deed: Deed[FlagsTelling]) -> None:
        flags.set_on(deed, deed.payload.flags)

    def tell(self, payload: FlagsTelling) -> tuple[str, str]:
        by = f"（{payload.number}）" if payload.number else ""
        return f"诉求人标记变动{by}：{payload.named or '已取消'}", ""


class CampaignTelling(Payload):
    """The campaign of which the order is from now on, or was until now."""

    campaign: int
    number: str
    over: bool = False


@verb
class TellCampaign(Verb[CampaignTelling]):
    """A campaign takes the order in, or is over: that it runs stands on the order, no act on which needs its row."""

    action = "campaign.told"
    payload = CampaignTelling
    alters = False
    moves_clocks = True

    def check(self, deed: Deed[CampaignTelling]) -> None:
        payload, order = deed.payload, deed.order
        if payload.over:
            return
        require(order.campaign_id != payload.campaign, "numbers", f"{order.number} 已在本专项行动中")
        require(order.campaign_id is None, "numbers", f"{order.number} 已在另一项专项行动中，那一项结束后才能纳入")

    def effect(self, deed: Deed[CampaignTelling]) -> None:
        payload, order = deed.payload, deed.order
        if not payload.over:
            order.campaign_id = payload.campaign
        elif order.campaign_id == payload.campaign:
            order.campaign_id = None

    def concerns(self, deed: Deed[CampaignTelling]) -> Iterator[int | None]:
        return deed.at_work() if deed.order.is_open and not deed.payload.over else iter(())

    def tell(self, payload: CampaignTelling) -> tuple[str, str]:
        return f"专项行动 {payload.number} 已结束" if payload.over else f"纳入专项行动 {payload.number}", ""


class HandingOver(Payload):
    """Whose work on this order goes to whom; left empty: of everybody who is not there any more."""

    person: int | None = None
    to: int | None = None
    #: filled in by the ledger: [share, post, person] of each share that goes to somebody else
    holders: tuple[tuple[int, int, int], ...] = ()


@verb
class HandOver(Verb[HandingOver]):
    """Running shares follow the post when its holder changes; what nobody holds goes to who stands in (`settle`)."""

    action = "order.handed_over"
    payload = HandingOver
    alters = False

    def resolve(self, deed: Deed[HandingOver]) -> HandingOver:
        payload, directory = deed.payload, deed.directory
        mine = [share for share in deed.docket.shares(running=True) if share.holder_id == payload.person]
        found: list[tuple[int, int, int]] = []
        for share in mine if payload.person is not None else ():
            line = next_holder(directory, share, deed.at, but=payload.person, barred=recused(deed.order))
            if payload.to:
                line = share.holder_post_id, payload.to
            require(line, "person", f"{directory.units[share.unit_id].name}没有可以接手的人员，请先设置岗位")
            assert line is not None
            serves = directory.serves(line[1], share.unit_id)
            require(serves, "to", "接手的人须是同一单位在岗的人员")
            require(line[1] not in recused(deed.order), "to", NOT_HIM)
            found.append((share.id, line[0], line[1]))
        return payload.model_copy(update={"holders": tuple(found)})

    def effect(self, deed: Deed[HandingOver]) -> None:
        for share_id, post, person in deed.payload.holders:
            share = deed.docket.all_shares[share_id]
            share.holder_post_id, share.holder_id = post, person
            deed.docket.touch(share)

    def concerns(self, deed: Deed[HandingOver]) -> Iterator[int | None]:
        for _, _, person in deed.payload.holders:
            yield person


class Unmarking(Payload):
    """Nothing but that it happens."""


@verb
class Unmark(Verb[Unmarking]):
    """Importer or simulator hands the order over to the wall clock: the sweep watches its clocks from now on."""

    action = "order.unmarked"
    payload = Unmarking
    alters = False

    def effect(self, deed: Deed[Unmarking]) -> None:
        deed.order.marked_clock = False
        for clock in deed.docket.running_clocks():
            warn = clock.warn_at if clock.warned_at is None else None
            clock.next_at = None if clock.breached_at else (warn or clock.due)
            deed.docket.touch(clock)

    def tell(self, payload: Unmarking) -> tuple[str, str]:
        return "转为按实际时间计时（此前为补录的历史）", ""


class Unmasking(Payload):
    """Why the caller's number must be seen (C62)."""

    reason: Reason


@verb
class Unmask(Verb[Unmasking]):
    """Changes nothing; that it was looked at is on record."""

    action = "caller.unmasked"
    payload = Unmasking
    decides = False
    alters = False

    def check(self, deed: Deed[Unmasking]) -> None:
        if deed.actor.role not in OUTSIDE:
            return
        require(not deed.order.confidential, "", "诉求人要求保密，请通过热线转接联系")
        shares = deed.docket.shares()
        if deed.order.merged_into_id is not None:
            # A repeat is handled by the unit that has its main order.
            shares += deed.others.shares_of(deed.order.merged_into_id)
        given = [s for s in shares if s.unit_id == deed.actor.unit]
        if not given:
            return  # a sight gives him the caller: `access` has asked
        ours = any(s.state not in (ShareState.RETURNED, ShareState.WITHDRAWN) for s in given)
        require(ours, "", "本单位已不承办这件工单，不能查看诉求人号码")

    def tell(self, payload: Unmasking) -> tuple[str, str]:
        return "查看诉求人号码", payload.reason
