"""The head of the unit gives an order to those who answer for it (签批), before anybody in the unit works on it.

Source: D21 (热线工单由镇长签批派发) and D22 (分管班子成员直接负责，片区书记、部门负责人具体负责，纪委书记督导落实):
four different people, none of them the clerk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from lianxin.directory.links import can_be
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, StaffId, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.holders import SIGNER
from lianxin.orders.verbs import Verb
from lianxin.rules.chain import LINKS
from lianxin.rules.serving import serves

serves("D21", "D22")


def _link(code: str) -> Any:
    return Field(None, title=LINKS[code].title, json_schema_extra=widget("link", link=code))


class SigningOff(AboutShare):
    """What the head of the unit says to it, and who answers for it."""

    opinion: Account = Field(title="签批意见")
    deputy: StaffId | None = _link("deputy")
    head: StaffId | None = _link("head")
    supervising: StaffId | None = _link("supervising")
    #: filled in by the ledger: [link, post, person] of each, the signer first
    chain: tuple[tuple[str, int, int], ...] = Field((), json_schema_extra=widget("none"))

    @property
    def named(self) -> Mapping[str, int | None]:
        """Whom each link of the chain names."""
        return {code: getattr(self, code) for code in LINKS}


@verb
class SignOff(Verb[SigningOff]):
    """Who answers for it stands on the share from now on; a second time changes it."""

    action = "share.signed_off"
    payload = SigningOff

    def resolve(self, deed: Deed[SigningOff]) -> SigningOff:
        found = []
        for code, person in deed.payload.named.items():
            post = _post_of(deed, code, person)
            found += [(code, post, person)] if post is not None and person is not None else []
        if deed.actor.post is not None and deed.actor.staff is not None:
            found.insert(0, (SIGNER, deed.actor.post, deed.actor.staff))
        return deed.payload.model_copy(update={"chain": tuple(found)})

    def check(self, deed: Deed[SigningOff]) -> None:
        said, holder = {SIGNER: deed.actor.staff}, deed.the_share().holder_id
        for code, person in deed.payload.named.items():
            link = LINKS[code]
            if person is None:
                wanted = code in deed.pack.chain.links and any(_can_be(deed, code))
                require(not wanted, code, f"请选择{link.title}")
                continue
            require(_post_of(deed, code, person) is not None, code, f"请从本单位在岗的人员中选择{link.title}")
            require(person != holder, code, "经办人不能同时是责任人，请选择其他同志")
            require(person not in said.values(), code, "责任链上每一环各是一人，请不要重复")
            said[code] = person

    def effect(self, deed: Deed[SigningOff]) -> None:
        share, named = deed.the_share(), [list(line) for line in deed.payload.chain]
        share.chain = [line for line in share.chain if line[0] not in (SIGNER, *LINKS)] + named

    def concerns(self, deed: Deed[SigningOff]) -> Iterator[int | None]:
        yield from deed.payload.named.values()
        yield deed.the_share().holder_id

    def tell(self, payload: SigningOff) -> tuple[str, str]:
        return "签批", payload.opinion


def _can_be(deed: Deed[Any], code: str) -> Iterator[tuple[int, int]]:
    return can_be(deed.directory, code, deed.the_share().unit_id)


def _post_of(deed: Deed[Any], code: str, person: int | None) -> int | None:
    """The post by which that person can be this link."""
    return next((post for post, holder in _can_be(deed, code) if holder == person), None)
