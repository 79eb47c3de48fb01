"""Coordinations in each state in which something may be done."""

from __future__ import annotations

from datetime import datetime

from tests.cast import Cast, later
from tests.dispatch.catalogue import category, enacted, row
from tests.proceedings.stages import do

from lianxin.proceedings.models import Proceeding


def standing(cast: Cast, at: datetime) -> None:
    """One about an order, an objection to the catalogue, and one of each that was referred."""
    enacted(cast, at, row(cast, "R1", "供暖温度", "town"), row(cast, "R2", "路灯", "town"))
    for refer in (False, True):
        order = cast.register(at, category=category(cast, "供暖温度"))
        said = {"units": [cast.units["town"].pk], "question": "换热站归谁管，两家说法不一。"}
        do(cast, "dispatcher", "order.coordinated", order.pk, later(at, minutes=1), **said)
        about = Proceeding.objects.filter(kind="coordination").latest("pk").pk
        objection = {"level": f"R{1 + refer}", "text": "产权已移交物业，不应由我单位办理。"}
        disputed = do(cast, "clerk@town", "coordination.objected", None, later(at, minutes=2), **objection).order
        for root in (about, disputed) if refer else ():
            referred = {"office": "县委编办", "due": later(at, days=30)}
            do(cast, "supervisor", "coordination.referred", root, later(at, minutes=3), **referred)


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    standing(cast, at)
    then = later(at, hours=1)
    found = {(root.state, root.unit_id is None): root for root in Proceeding.objects.filter(kind="coordination")}
    said = {
        "shares": [{"unit": cast.units["heat"].pk, "role": "lead"}],
        "basis": "law",
        "basis_text": "《供热条例》",
        "reason": "换热站产权属热力公司，由其负责检修。",
        "catalogue": "no",
        "why_not": "只此一例，不再发生。",
    }
    opinion = {"ours": "no", "opinion": "产权不属本单位。"}
    do(cast, "clerk@town", "coordination.opined", found["open", True].pk, then, **opinion)
    do(cast, "supervisor", "coordination.ruled", found["referred", True].pk, then, **said)
    do(cast, "leader", "coordination.decided", found["objected", False].pk, then, outcome="upheld", **said)
    do(cast, "supervisor", "coordination.withdrawn", found["open", True].pk, then, reason="两家已商定由一家办理。")
