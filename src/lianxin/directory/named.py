"""The types and ranking groups of a centre's units, as the rules in force name them.

A unit keeps its codes whatever pack comes into force: one that the pack lacks is shown by its code, told to the
administrator (`unnamed`) and stops nothing.  Only a code that is newly given must be one of the pack's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils import timezone

from lianxin.rules import lifecycle, policy
from lianxin.rules.context import ROLES
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.worktime import SHANGHAI

from . import adopted
from .lines import PolicyLine
from .snapshot import Snapshot

#: What base.toml calls the centre itself: for a centre that is founded before it has any rules.
FIRST_TYPE = "centre"
#: What stands behind a code that the rules in force do not name.
UNNAMED = "（现行规则包中没有）"
NO_GROUP = "不参加排名"


def in_force(centre_id: int | None, at: datetime | None = None) -> Pack | None:
    """The pack of that centre at `at` (default: now); None where there is none, or none that can be read.

    Asked of the one row and not of the snapshot, which an import of units would read anew for each of its rows.
    """
    day = (at or timezone.now()).astimezone(SHANGHAI).date()
    versions = apps.get_model("directory", "PolicyVersion")._default_manager
    rows = versions.filter(centre=centre_id, effective_from__lte=day).order_by("-effective_from")
    line = rows.values_list(*PolicyLine.__slots__).first()
    try:
        return adopted.find(PolicyLine(*line).pack) if line else None
    except PolicyError:
        return None


def names_for(centre_id: int | None) -> Pack | None:
    """The pack whose names are offered: the one in force, before the first base.toml's; None without any."""
    try:
        return in_force(centre_id) or policy.find("base")
    except PolicyError:
        return None


def root_type(pack_id: str) -> str:
    """The type of the centre itself under that pack."""
    try:
        pack = policy.find(pack_id or "base")
    except PolicyError:
        return FIRST_TYPE  # the pack's own faults are told where it is adopted
    return next(found.code for found in pack.units.types if found.serves_as == "centre")


def problems(unit: Any) -> dict[str, str]:
    """What is wrong with the type and group newly given to a unit, by field, in Chinese."""
    before = type(unit).objects.filter(pk=unit.pk).values_list("type", "ranking_group").first()
    pack = in_force(unit.centre_id)
    if pack is None or not unit.type or before == (unit.type, unit.ranking_group):
        return {}
    named = pack.units.type_of(unit.type)
    if named is None and (before is None or before[0] != unit.type):
        return {
            "type": f"现行规则包没有单位类型“{unit.type}”，请选：{_listed(found.title for found in pack.units.types)}。"
        }
    if named is not None and (named.serves_as == "centre") != (unit.parent_id is None):
        return {
            "type": f"“{named.title}”只能是最上级单位，其他单位都要选择上级单位。"
            if unit.parent_id
            else _not_root(pack)
        }
    group = unit.ranking_group
    if not group:
        return {}
    if group not in {found.code for found in pack.units.groups}:
        known = _listed(found.title for found in pack.units.groups)
        kept = before is not None and before[1] == group
        return {} if kept else {"ranking_group": f"现行规则包没有排名组“{group}”，请选：{known}，或不参加排名。"}
    if named is not None and group not in named.groups:
        may = _listed(map(pack.units.group_title, named.groups))
        title = pack.units.group_title(group)
        wanted = f"只能排在：{may}" if may else "不参加排名"
        return {"ranking_group": f"“{named.title}”类型的单位不能排在“{title}”，{wanted}。"}
    return {}


def _not_root(pack: Pack) -> str:
    title = next(found.title for found in pack.units.types if found.serves_as == "centre")
    return f"最上级单位的类型只能是“{title}”，其他单位都要选择上级单位。"


def takes_centre_posts(unit: Any) -> bool | None:
    """Whether the centre's own posts may stand in a unit; None where the rules in force do not know its type."""
    if unit.parent_id is None:
        return True
    pack = in_force(unit.centre_id)
    named = pack.units.type_of(unit.type) if pack else None
    return named.serves_as == "sub_centre" if named else None


def unnamed(directory: Snapshot, at: datetime) -> list[str]:
    """What the rules in force at `at` do not name of the units, in sentences for the administrator."""
    try:
        pack = directory.pack(at)
    except (LookupError, PolicyError):
        return []  # told by itself
    units = [unit for unit in directory.units.values() if unit.active]
    types = Counter(unit.type for unit in units if pack.units.type_of(unit.type) is None)
    groups = {group.code for group in pack.units.groups}
    ranked = Counter(unit.ranking_group for unit in units if unit.ranking_group and unit.ranking_group not in groups)
    told = [
        f"有 {number} 个单位的类型“{code}”，现行规则包中没有；照常办理工单，各处按代码显示。请到“单位”中改选类型。"
        for code, number in sorted(types.items())
    ]
    told += [
        f"有 {number} 个单位的排名组“{code}”，现行规则包中没有；照常计数，指标页单列在“{code}”之下，不进通报附表。"
        "请到“单位”中改选排名组。"
        for code, number in sorted(ranked.items())
    ]
    return [*told, *_given_to_nobody(directory, pack)]


def _given_to_nobody(directory: Snapshot, pack: Pack) -> Iterator[str]:
    """Actions that the rules give to a post of a unit that is not there, or has no such post."""
    for rule in pack.posts.actions:
        for lent in rule.also:
            unit = directory.unit_by_code.get(lent.unit)
            if unit is None or not directory.posts_at(unit.id, lent.post):
                title, post = lifecycle.find(rule.action).title, ROLES.get(lent.post, lent.post)
                yield (
                    f"规则包把“{title}”交给单位“{lent.unit}”的{post}，本中心没有这个单位或岗位，现在没有人能按此办理。"
                    "请到“单位”“岗位”中增设。"
                )


def _listed(words: Iterable[str]) -> str:
    return "、".join(words)
