"""Who looked (谁看过): at callers' numbers, at orders through a sight, for callers by what is known of them, at this
list itself; and who took files away.  What is odd about it is `odd`'s to say; the administrator is shown numbers of
orders, no content.

Nothing is kept for this: unmaskings stand in the orders' ledgers, all else in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Entry, Journal, Stay
from lianxin.ledger.models.journal import LOOKED
from lianxin.orders.models import Order, Share
from lianxin.orders.reach import there
from lianxin.rules.worktime import SHANGHAI, end_of_day

from .seats import Seat

UNMASKED = "caller.unmasked"
KINDS = {
    "unmasked": "查看诉求人号码",
    "sight": "查看开放的工单",
    "export": "导出、下载",
    "search": "按诉求人检索",
    "read": "查看谁看过",
}
_KIND_OF = {"sight.opened": "sight", "callers.searched": "search", "looks.read": "read"}
_ACTIONS = {kind: action for action, kind in _KIND_OF.items()}
#: What was taken away, by its action; of the directory's sheets the journal itself says what.
_FILES = {
    "bulletin.exported": "周报",
    "proceedings.exported": "专办事项、定期职责",
    "proceeding.exported": "公文",
    "units.staffing_exported": "单位配备",
    "replies.exported": "回传上级的答复",
    "imports.faults_exported": "导入中有误的行",
    "looks.exported": "谁看过",
    "phrases.exported": "规范用语",
    "catalogue.exported": "派单目录",
    "notices.exported": "未送达的通知",
    "shifts.exported": "班表",
}
_SEARCHED = {"phone": "电话", "last4": "电话末四位", "name": "姓名"}
#: The days that a page shows unless said, and at most; and so many looks of each source, newest first.
USUAL, MOST_DAYS, MOST = 7, 92, 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which looks: of whose, at which post, of which kind, in which days."""

    who: str
    role: str
    kind: str
    first: date
    last: date

    @property
    def query(self) -> dict[str, str]:
        """As an address says it."""
        return {
            "who": self.who,
            "post": self.role,
            "kind": self.kind,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
        }

    @property
    def start(self) -> datetime:
        return end_of_day(self.first - timedelta(days=1))

    @property
    def end(self) -> datetime:
        return end_of_day(self.last)


class Look(NamedTuple):
    """One look: what kind, when, who at which post, at which order, and what of it."""

    kind: str
    at: datetime
    staff: int | None
    role: str
    post: int | None
    number: str
    what: str
    #: what the order was: its caller marked, confidential, nothing that the person has worked on
    flagged: bool = False
    confidential: bool = False
    not_own: bool = False

    @property
    def day(self) -> date:
        return self.at.astimezone(SHANGHAI).date()


#: How often somebody looked so on a day: person, role, kind, day.
Days = dict[tuple[int | None, str, str, date], int]


def found(seat: Seat, asked: Asked) -> tuple[list[Look], bool]:
    """The looks, newest first, and whether there are more than are read."""
    people = _people(seat.directory, asked.who)
    unmasked = _unmasked(seat, asked, people) if asked.kind in ("", "unmasked") else []
    noted = _noted(seat, asked, people) if asked.kind != "unmasked" else []
    looks = sorted((*unmasked, *noted), key=lambda look: look.at, reverse=True)
    full = len(unmasked) == MOST or len(noted) == MOST
    return [look for look in looks if not asked.role or look.role == asked.role], full


def by_day(seat: Seat, start: datetime, end: datetime) -> Days:
    """How often everybody looked on each day from `start` until before `end`."""
    counted: Days = {}
    day = TruncDate("at", tzinfo=SHANGHAI)
    entries = _unmaskings(seat.directory.centre_id, start, end)
    for staff, role, on, number in _per_day(entries, day, "post_role"):
        counted[staff, role, "unmasked", on] = counted.get((staff, role, "unmasked", on), 0) + number
    lines = Journal.objects.filter(LOOKED, centre=seat.directory.centre_id, at__gte=start, at__lt=end)
    for staff, post, action, on, number in _per_day(lines, day, "payload__post", "action"):
        key = (staff, role_of(seat.directory, staff, post), kind_of(action), on)
        counted[key] = counted.get(key, 0) + number
    return counted


def _per_day(rows: QuerySet[Any], day: TruncDate, *columns: str) -> QuerySet[Any]:
    grouped: QuerySet[Any] = rows.order_by().annotate(on=day).values("staff", *columns, "on").annotate(n=Count("pk"))
    counted: QuerySet[Any] = grouped.values_list("staff", *columns, "on", "n")
    return counted


def kind_of(action: str) -> str:
    """Which kind of look a line of the journal tells."""
    return _KIND_OF.get(action, "export")


def role_of(directory: Snapshot, staff: int | None, post: int | None) -> str:
    """At which post somebody looked: as the line says, else (an older one) the only one that he holds."""
    line = directory.posts.get(post or 0)
    if line is not None:
        return line.role
    held = {post.role for post in directory.posts_of(staff)} if staff else set()
    return held.pop() if len(held) == 1 else ""


def _people(directory: Snapshot, who: str) -> list[int] | None:
    """The people of that name, or part of it, or the one who signs in so (`@zhangsan`); None for everybody."""
    if who.startswith("@"):
        return [line.id for line in directory.staff.values() if line.username == who[1:]]
    return [line.id for line in directory.staff.values() if who in line.name] if who else None


def _unmasked(seat: Seat, asked: Asked, people: Sequence[int] | None) -> list[Look]:
    rows = _unmaskings(seat.directory.centre_id, asked.start, asked.end)
    if people is not None:
        rows = rows.filter(staff__in=people)
    if asked.role:
        rows = rows.filter(post_role=asked.role)
    # As it was when he looked: what somebody does to the order afterwards makes no earlier look his work.
    its, before = {"order": OuterRef("order")}, OuterRef("at")
    own = (
        Exists(Entry.objects.filter(**its, staff=OuterRef("staff"), at__lte=before).exclude(action=UNMASKED))
        | Exists(Stay.objects.filter(**its, person=OuterRef("staff"), entered_at__lte=before))
        | Exists(Share.objects.filter(**its, holder=OuterRef("staff"), dispatched_at__lte=before))
    )
    columns = ("at", "staff", "post_role", "post", "order", "own")
    read = list(rows.annotate(own=own).order_by("-at", "-pk").values_list(*columns)[:MOST])
    about = Order.objects.filter(pk__in={row[4] for row in read})
    orders = {row[0]: row[1:] for row in about.values_list("pk", "number", "caller_flags", "confidential")}
    return [
        Look("unmasked", at, staff, role, post, number, "", bool(flags), confidential, not mine)
        for at, staff, role, post, order, mine in read
        for number, flags, confidential in (orders[order],)
    ]


def _unmaskings(centre: int, start: datetime, end: datetime) -> QuerySet[Entry]:
    """Those of a centre.  Each is asked for its order: joined, the database is tempted to read all orders first."""
    its = Order.objects.filter(pk=OuterRef("order"), centre=centre)
    return Entry.objects.filter(there(its), action=UNMASKED, at__gte=start, at__lt=end)


def _noted(seat: Seat, asked: Asked, people: Sequence[int] | None) -> list[Look]:
    rows = Journal.objects.filter(LOOKED, centre=seat.directory.centre_id, at__gte=asked.start, at__lt=asked.end)
    if people is not None:
        rows = rows.filter(staff__in=people)
    if asked.kind == "export":
        rows = rows.filter(action__endswith="exported")
    elif asked.kind:
        rows = rows.filter(action=_ACTIONS[asked.kind])
    read = rows.order_by("-at", "-number").values_list("action", "at", "staff", "payload")[:MOST]
    return [_line(seat.directory, *row) for row in read]


def _line(directory: Snapshot, action: str, at: datetime, staff: int | None, payload: dict[str, Any]) -> Look:
    kind, post = kind_of(action), payload.get("post")
    role, what = role_of(directory, staff, post), _told(kind, action, payload)
    return Look(kind, at, staff, role, post, payload.get("order", ""), what)


def _told(kind: str, action: str, payload: dict[str, Any]) -> str:
    """What of it, in a few words."""
    if kind == "sight":
        return "附件" if str(payload.get("what", "")).startswith("file:") else ""
    if kind == "search":
        return _SEARCHED.get(payload.get("by", ""), "")
    if kind == "read":
        return str(payload.get("days", ""))
    title = _FILES.get(action) or str(payload.get("message", "")) or action
    named = payload.get("week") or payload.get("number") or ""
    rows = payload.get("rows")
    return " ".join(part for part in (title, named, f"{rows} 行" if isinstance(rows, int) else "") if part)


def post_title(seat: Seat, look: Look) -> str:
    """`热力公司 经办人`, with `（B角）` where he looked as the post's B."""
    post = seat.directory.posts.get(look.post or 0)
    side = "（B角）" if post is not None and post.holder_b == look.staff else ""
    role = str(Role(look.role).label) if look.role in Role.values else ""
    unit = seat.names(post.unit, None) if post is not None else ""
    return f"{unit} {role}{side}".strip()


def address(asked: Asked, **changed: str) -> str:
    """The page with these questions instead."""
    return f"?{urlencode(asked.query | changed)}"
