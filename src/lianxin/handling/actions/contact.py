"""Contact with the caller, and what happens on the way (先行联系、进展、协办意见)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

from .. import interim

WAYS = {"phone": "电话", "visit": "上门", "message": "短信"}


class Contact(AboutShare):
    """How, whether he was reached, and what was said."""

    way: Literal["phone", "visit", "message"] = Field(
        "phone", title="联系方式", json_schema_extra=widget("choice", titles=WAYS)
    )
    reached: bool = Field(True, title="已联系上", json_schema_extra=widget("verdict", yes="已联系上", no="未联系上"))
    text: Account = Field(title="联系情况")
    spoke_with: Annotated[str, Private, Field(title="联系到的人", max_length=64)] = ""
    interim: bool = Field(
        False,
        title="作出阶段性答复",
        json_schema_extra={"hint": "一时解决不了的，把办到哪一步、为什么、下一步何时如何办告知诉求人。"},
    )


@verb
class ContactCaller(Verb[Contact]):
    """First contact stops its clock (D29); a call that was not answered does not.

    A village that calls does so for its town too: the caller is not called twice about one thing.
    """

    action = "share.contacted"
    payload = Contact
    decides = False
    upward = True

    def check(self, deed: Deed[Contact]) -> None:
        """Of a group (投诉群体) it is said whom of it was reached (B23)."""
        asked = {*deed.order.labels} & {*deed.pack.contact.named_for}
        named = deed.payload.spoke_with.strip() or not deed.payload.reached
        require(named or not asked, "spoke_with", "请写明联系到的是哪一位诉求人")
        if deed.payload.interim:
            require(deed.payload.reached, "interim", "没有联系上诉求人，不能记为阶段性答复")
            interim.says_something(deed, deed.payload.text)
            interim.says_something_new(deed, deed.payload.text)

    def events(self, deed: Deed[Contact]) -> tuple[str, ...]:
        told = ("interim",) if deed.payload.interim else ()
        return ("contact", *told) if deed.payload.reached else ()

    def effect(self, deed: Deed[Contact]) -> None:
        for share in deed.docket.line(deed.the_share()):
            if deed.payload.reached and share.contacted_at is None:
                share.contacted_at = deed.at
                deed.docket.touch(share)

    def tell(self, payload: Contact) -> tuple[str, str]:
        whom = f"联系到的人：{payload.spoke_with}\n" if payload.spoke_with else ""
        how = f"{WAYS[payload.way]}联系诉求人{'' if payload.reached else '，未联系上'}"
        return f"{how}，作出阶段性答复" if payload.interim else how, whom + payload.text


class Progress(AboutShare):
    """Where it stands."""

    text: Account = Field(title="进展情况")
    on_site: bool = Field(False, title="到现场办理")
    resolved: bool = Field(False, title="险情、故障已排除")


@verb
class RecordProgress(Verb[Progress]):
    """A step on the way; the first one on site is the arrival, and one may say that the danger is over (B11)."""

    action = "share.progressed"
    payload = Progress
    decides = False

    def check(self, deed: Deed[Progress]) -> None:
        """Where a duty waits for a progress (C46), what is reported says something."""
        if not (deed.payload.on_site or deed.payload.resolved) and interim.awaited(deed, "progress"):
            interim.says_something(deed, deed.payload.text)

    def events(self, deed: Deed[Progress]) -> tuple[str, ...]:
        payload, heard = deed.payload, any("progress" in rule.ends_with for rule in deed.pack.tasks)
        reported = heard and interim.sound(deed.pack, payload.text)
        # Where an arrival must be registered, word of it is none.
        on_site = payload.on_site and not deed.pack.arrival.registered
        said = (("arrive", on_site), ("resolve", payload.resolved), ("progress", reported))
        return tuple(event for event, happened in said if happened)

    def effect(self, deed: Deed[Progress]) -> None:
        share = deed.the_share()
        if deed.payload.on_site and share.arrived_at is None:
            share.arrived_at = deed.at

    def tell(self, payload: Progress) -> tuple[str, str]:
        done = "到现场办理" if payload.on_site else "记录进展"
        return f"{done}，险情、故障已排除" if payload.resolved else done, payload.text


class Opinion(AboutShare):
    """What the assisting unit contributes."""

    text: Account = Field(title="协办意见")


@verb
class Opine(Verb[Opinion]):
    """The assisting unit's share ends with its opinion; the reply is the lead's alone (A15, E07)."""

    action = "share.opined"
    payload = Opinion

    def events(self, deed: Deed[Opinion]) -> tuple[str, ...]:
        """An opinion goes to the centre at once."""
        return ("reply", "audit")

    def effect(self, deed: Deed[Opinion]) -> None:
        share = deed.the_share()
        share.replied_at, share.reply_entry = deed.at, deed.entry_number
        share.passed_reply_at = deed.at
        deed.finish_share(share, share.state)

    def tell(self, payload: Opinion) -> tuple[str, str]:
        return "提交协办意见", payload.text
