"""A city's inspection team, a district's section below the town, closed orders, and inspections in each state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.orders.stages import reach
from tests.proceedings.affairs import FILE
from tests.proceedings.stages import do

from lianxin.directory.models import Unit
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

ROLES = ("clerk", "hotline_deputy", "line_deputy", "principal")
ACCOUNT = "到值班室查看，值班人员两名在岗，值班记录完整，抽查三个时段的来电均已登记。"
PROCESS = "跟车查看处理过程，两名执法人员于十点二十分到达夜市，逐户劝离占道摊贩。"
RESULT = "次日再到夜市查看处理结果，占道摊贩均已退回划线以内，路面已经清洗干净。"
EARLIER = "前期两次派单，承办单位均以联系不上当事人为由答复，没有到过现场，处理不到位。"
SETTLED = "现场督办后当日拆除违建围挡，恢复通行，诉求人在场确认，对结果表示满意。"
ACCOUNTS = (
    "三号楼入户测温，客厅二十一度，住户说周二修好后一直暖和。",
    "路灯杆号一零七已经更换灯头，当晚七点半到场查看，照明正常。",
    "占道摊位撤走，地面油污冲洗过，旁边商户反映没有再来。",
)
DEMAND = "请核实报道所述夜间渣土车撒漏情况，立即组织清理，并书面报告整改措施。"


def teams(cast: Cast) -> Cast:
    """The city's team under the centre, and a section below the town, with every post that inspects."""
    for name, title, above in (("team", "市局督查大队", "centre"), ("section", "大店分局督查科", "town")):
        cast.units[name] = Unit.objects.create(
            centre=cast.centre, parent=cast.units[above], code=name, name=title, type="inspection", position=60
        )
        for role in ROLES:
            cast.post(f"{role}@{name}", name, role)
    return cast


def closed(cast: Cast, at: datetime, number: int = 1) -> list[Order]:
    """So many orders of the town's that are closed."""
    return [reach(cast, "closed", at)[0] for _ in range(number)]


def begin(cast: Cast, at: datetime, level: str = "roster", unit: str = "town", **changes: Any) -> int:
    """An inspection; the city's unless `by` says otherwise."""
    by = changes.pop("by", "clerk@team")
    said = {"level": level, "inspected": cast.units[unit].pk, "title": "督查事项", "text": "夜间值班和出警情况。"}
    done = do(cast, by, "inspection.opened", None, at, **said | changes).order
    assert done
    return done


def observe(cast: Cast, root: int, at: datetime, kind: str = "spot", account: str = ACCOUNT, **changes: Any) -> None:
    """A record with a photograph."""
    by, files = changes.pop("by", "clerk@team"), changes.pop("files", (FILE,))
    said = {"record": kind, "observed_at": at, "place": "市南路值班室", "account": account}
    record(Act("inspection.observed", cast.actor(by), at, said | changes, order=root, files=files))


def conclude(cast: Cast, root: int, at: datetime, *, by: str = "clerk@team", **changes: Any) -> None:
    said = {"result": SETTLED, "outcome": "sound"}
    do(cast, by, "inspection.concluded", root, at, **said | changes)


def draw(cast: Cast, at: datetime, *, by: str = "clerk@team", **changes: Any) -> Proceeding:
    return Proceeding.objects.get(pk=do(cast, by, "recheck.drawn", None, at, **changes).order)


def said_of(root: Proceeding | int, action: str) -> dict[str, Any]:
    """The public payload of its last entry of that action."""
    pk = root if isinstance(root, int) else root.pk
    found: dict[str, Any] = Entry.objects.filter(proceeding=pk, action=action).latest("number").payload
    return found


def check(cast: Cast, root: Proceeding | int, number: str, at: datetime, **changes: Any) -> None:
    """One of the orders was gone to; each in words of its own."""
    by, files = changes.pop("by", "clerk@team"), changes.pop("files", (FILE,))
    pk = root if isinstance(root, int) else root.pk
    done = Entry.objects.filter(proceeding=pk, action="recheck.checked").count()
    account = ACCOUNTS[done % len(ACCOUNTS)]
    said = {"number": number, "checked_at": at, "place": "柳岸花园", "sound": True, "account": account}
    record(Act("recheck.checked", cast.actor(by), at, said | changes, order=pk, files=files))


def standing(cast: Cast, at: datetime) -> None:
    """One of each, open, with something left to record; the centre's own as well."""
    closed(cast, later(at, hours=-2), 4)
    for by in ("clerk@team", "supervisor"):
        begin(cast, at, by=by)
        root = draw(cast, at, by=by)
    check(cast, root, said_of(root, "recheck.drawn")["drawn"][0], later(at, minutes=20), by="supervisor")


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    teams(cast)
    orders = closed(cast, later(at, hours=-2), 4)
    root = begin(cast, at, "hot_spot", numbers=[orders[0].number])
    observe(cast, root, later(at, minutes=5), "process", PROCESS)
    observe(cast, root, later(at, minutes=30), "result", RESULT)
    do(cast, "principal@team", "inspection.issued", root, later(at, minutes=40), text=DEMAND)
    conclude(cast, root, later(at, hours=1), outcome="faulty")
    do(cast, "clerk@team", "inspection.withdrawn", begin(cast, at), later(at, hours=1), reason="立项的单位有误。")
    sample = draw(cast, at)
    do(cast, "principal@team", "recheck.redrawn", sample.pk, later(at, minutes=5), reason="抽中的地点当日封路。")
    for n, number in enumerate(said_of(sample, "recheck.redrawn")["drawn"]):
        check(cast, sample, number, later(at, minutes=20 * (n + 1)), sound=n != 0)
    do(
        cast,
        "clerk@team",
        "recheck.concluded",
        sample.pk,
        later(at, hours=2),
        summary="三件逐一到现场，一件没有处理到位。",
    )
