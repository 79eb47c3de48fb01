"""The invented staff of the simulated centre: every post with its A and B holder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from lianxin.directory.founding import found
from lianxin.directory.models import Area, AreaCircle, Category, Centre, Charge, Post, Staff, TeamArea, Unit
from lianxin.directory.roles import Role

from . import texts

#: role, how many posts of it the centre has, and the name in front of the number in a username
CENTRE_POSTS = [
    ("agent", 4, "坐席"),
    ("dispatcher", 2, "派单"),
    ("auditor", 1, "审核"),
    ("callback", 2, "回访"),
    ("supervisor", 1, "督办"),
    ("analyst", 1, "分析"),
    ("leader", 1, "主任"),
    ("admin", 1, "管理员"),
    ("patrol", 1, "巡查"),
]
#: What a town has besides: whoever answers for an area or a section, and who sees to it that all is done (D22).
TOWN_POSTS = {"section_head": "pq", "discipline": "jw"}
#: A unit's posts, and what their usernames end in.
UNIT_POSTS = {"clerk": "jb", "hotline_deputy": "fg", "line_deputy": "qt", "principal": "zy"}


class Company:
    """Makes people with readable usernames; all share one demo password, hashed once."""

    def __init__(self, centre: Centre, password: str, prefix: str = "", seed: int = 12345) -> None:
        self.centre, self.random, self.prefix = centre, Random(f"{prefix}{seed}" if prefix else seed), prefix
        self.password = make_password(password)
        self.names: set[str] = set()

    def post(self, unit: Unit, role: str, username: str, name: str = "") -> Post:
        """A post with A and B."""
        a, b = (self._person(unit, role, f"{self.prefix}{username}{side}") for side in ("", "-b"))
        return Post.objects.create(centre=self.centre, unit=unit, role=role, name=name, holder_a=a, holder_b=b)

    def _person(self, unit: Unit, role: str, username: str) -> Staff:
        return Staff.objects.create(
            username=username,
            password=self.password,
            name=self._name(),
            centre=self.centre,
            unit=unit,
            title=str(Role(role).label),
            phone=f"8260-{1000 + len(self.names)}",
            is_staff=role == "admin",
            joined_on=date(2020, 3, 1),
        )

    def _name(self) -> str:
        """One that nobody of the centre bears yet."""
        while (name := texts.name(self.random)) in self.names:
            pass
        self.names.add(name)
        return name


@transaction.atomic
def found_centre(plan: Mapping[str, Any], tree: list[tuple[str, ...]], password: str) -> Centre:
    """The centre of the plan: its units in their configured order, areas, categories, posts, people, who does what."""
    head = plan["centre"]
    centre = found(
        code=head["code"],
        name=head["name"],
        body=head["body"],
        slogan=head["slogan"],
        upstream=head["upstream"],
        pack_id=head["pack"],
        effective_from=date(2021, 1, 1),
        categories=[*tree, *(tuple(path.split("/")) for path in head.get("categories", ()))],
    )
    company = Company(centre, password, head.get("prefix", ""))
    root = Unit.objects.get(centre=centre, parent=None)
    for role, number, title in CENTRE_POSTS:
        for n in range(1, number + 1):
            suffix = str(n) if number > 1 else ""
            company.post(root, role, f"{role}{suffix}", f"{title}{suffix}")
    for position, line in enumerate(plan["unit"], 1):
        unit = Unit.objects.create(
            centre=centre,
            parent=root,
            code=line["code"],
            name=line["name"],
            short_name=line["name"],
            type=line["type"],
            ranking_group=line["group"],
            position=position,
        )
        for role, suffix in UNIT_POSTS.items():
            if role not in line.get("without", ()):
                company.post(unit, role, f"{line['code']}-{suffix}")
        if line["type"] == "town":
            Area.objects.create(centre=centre, name=line["name"], position=position)
    _villages(company, plan)
    _bodies(company, root, plan)
    # After all others, whose names depend on the dice thrown so far.
    for town in Unit.objects.filter(centre=centre, type="town").order_by("position"):
        for role, suffix in TOWN_POSTS.items():
            company.post(town, role, f"{town.code}-{suffix}")
    _divisions(company, plan)
    _teams(centre, plan)
    _full_time(centre, plan)
    return centre


def _teams(centre: Centre, plan: Mapping[str, Any]) -> None:
    """Which area the rapid team of a post serves, and where that lies; who has its shifts, a roster says."""
    for line in plan.get("team", ()):
        area = Area.objects.get(centre=centre, name=line["area"])
        post = Post.objects.get(centre=centre, unit__code=line["unit"], name=line["post"])
        TeamArea.objects.create(post=post, area=area)
        where = {key: line[key] for key in ("datum", "longitude", "latitude", "radius")}
        AreaCircle.objects.create(area=area, **where)


def _full_time(centre: Centre, plan: Mapping[str, Any]) -> None:
    clerks = Post.objects.filter(centre=centre, unit__code__in=plan["full_time"], role="clerk")
    holders = {holder for pair in clerks.values_list("holder_a", "holder_b") for holder in pair if holder}
    Staff.objects.filter(pk__in=holders).update(full_time=True)


def _villages(company: Company, plan: Mapping[str, Any]) -> None:
    """Below the towns; the play sends them nothing, a person at the desk may (下派)."""
    towns = {unit.code: unit for unit in Unit.objects.filter(centre=company.centre)}
    for position, line in enumerate(plan["village"], len(towns)):
        village = Unit.objects.create(
            centre=company.centre,
            parent=towns[line["town"]],
            code=line["code"],
            name=line["name"],
            short_name=line["name"],
            type="community",
            position=position,
        )
        company.post(village, "clerk", f"{line['code']}-{UNIT_POSTS['clerk']}")


def _bodies(company: Company, root: Unit, plan: Mapping[str, Any]) -> None:
    """Leaders and offices outside the centre, and whoever inspects; they handle nothing."""
    for position, line in enumerate(plan.get("body", ()), len(plan["unit"]) + len(plan["village"])):
        body = Unit.objects.create(
            centre=company.centre,
            parent=root,
            code=line["code"],
            name=line["name"],
            short_name=line["name"],
            type=line.get("type", "body"),
            position=position,
        )
        for role in ("clerk", "principal"):
            company.post(body, role, f"{line['code']}-{UNIT_POSTS[role]}")


def _divisions(company: Company, plan: Mapping[str, Any]) -> None:
    """Who of a town's leaders is in charge of what, there and in its districts."""
    centre = company.centre
    units = {unit.code: unit for unit in Unit.objects.filter(centre=centre)}
    towns = {area.name: area for area in Area.objects.filter(centre=centre)}
    districts = {
        name: Area.objects.create(centre=centre, parent=towns[line["town"]], name=name, position=position)
        for line in plan["district"]
        for position, name in enumerate(line["names"])
    }
    for line in plan["post"]:
        company.post(units[line["unit"]], line["role"], line["username"], line["name"])
    fields = {category.name: category for category in Category.objects.filter(centre=centre, level=1)}
    for line in plan["charge"]:
        posts = {post.name: post for post in Post.objects.filter(unit__code=line["unit"], centre=centre)}
        charge = Charge(
            centre=centre,
            unit=units[line["unit"]],
            category=fields[line["category"]] if "category" in line else None,
            area=districts[line["area"]] if "area" in line else None,
            deputy=posts[line["deputy"]],
            head=posts[line["head"]],
        )
        charge.full_clean()
        charge.save()
