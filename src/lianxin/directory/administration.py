"""Who administers a centre, and what an administrator should know about it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from lianxin.rules.worktime import SHANGHAI

from . import named, snapshot, staffing
from .lines import PostLine
from .models import Centre, Staff
from .roles import Role
from .snapshot import Snapshot

Notices = Callable[[Centre, datetime], list[str]]
#: What floors above have to tell a centre's administrator besides.
NOTICES: list[Notices] = []


def also(told: Notices) -> Notices:
    """Have `told` asked for `notices` too."""
    NOTICES.append(told)
    return told


def centre_of(staff: Staff, at: datetime) -> Centre | None:
    """The centre that this person administers at `at`: he may act for an admin post of it and may enter the admin."""
    if not (staff.is_active and staff.is_staff and staff.centre_id):
        return None
    held = snapshot.of(staff.centre_id).held_by(staff.pk, at)
    return staff.centre if any(post.role == Role.ADMIN for post in held) else None


def notices(centre: Centre, at: datetime) -> list[str]:
    """What is missing or uncertain in a centre's directory, and what floors above tell, in Chinese sentences that say
    what to do."""
    directory = snapshot.of(centre.pk)
    found = provisional_years(centre, at)
    if directory.left_out:
        found.append(
            f"有 {len(directory.left_out)} 条资料不能读取或自相矛盾，没有计入：{'、'.join(directory.left_out)}。"
            "请删除后重新登记；页面上看不到它时，请技术人员在数据库中删除。"
        )
    if directory.pack_id(at) is None:
        found.append("尚无生效的规则版本，不能受理诉求。请到“规则版本”中采用规则包。")
    found += named.unnamed(directory, at)
    unheld = [post for post in directory.posts.values() if directory.holder(post.id, at) is None]
    if unheld:
        found.append(f"有 {len(unheld)} 个岗位无人在岗。请到“岗位”中指定A角。")
    single = [post for post in directory.posts.values() if (post.holder_a is None) != (post.holder_b is None)]
    if single:
        found.append(f"有 {len(single)} 个岗位只有一人，没有AB角。请到“岗位”中补齐。")
    if lacking := staffing.short(directory, at):
        names = "、".join(found.unit.short_name or found.unit.name for found in lacking[:5])
        found.append(
            f"{names}{'等' if len(lacking) > 5 else ''} {len(lacking)} 个单位配备不齐。"
            "请到“单位”中看“配备”一栏，在“岗位”“人员”中补齐。"
        )
    if misplaced := directory.division.misplaced:
        found.append(f"有 {len(misplaced)} 条分工的岗位已不在该单位，或不再是班子成员，不再适用。请到“分工”中改正。")
    if unattended := directory.unattended(at):
        found.append(
            f"{_listed(directory, unattended)}的A角、B角同时不在岗，工单仍记在A角名下。请到“离岗登记”或“岗位”中安排。"
        )
    for told in NOTICES:
        found += told(centre, at)
    return found


def _listed(directory: Snapshot, posts: Sequence[PostLine]) -> str:
    """The first of these posts by name, and how many there are."""
    names = "、".join(f"{directory.units[post.unit].name}{post.name}" for post in posts[:5])
    return f"{names}等 {len(posts)} 个岗位" if len(posts) > 5 else names


def provisional_years(centre: Centre, at: datetime) -> list[str]:
    """A warning for this year and the next, as far as their holidays are not known yet."""
    calendar, year = centre.calendar(at), at.astimezone(SHANGHAI).year
    return [
        f"{provisional} 年的放假安排尚未收录，暂按法定节假日和周末推算。"
        "请在公布后到“节假日与调休”中补录，以免期限算错。"
        for provisional in (year, year + 1)
        if calendar.is_provisional(provisional)
    ]
