"""Two centres that must never see each other, each with units, people, posts and the rest."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from lianxin.directory.models import (
    Absence,
    Area,
    Category,
    Centre,
    Channel,
    Charge,
    Holiday,
    PolicyVersion,
    Post,
    Staff,
    Unit,
)
from lianxin.directory.roles import Role

MONDAY = datetime(2021, 10, 25, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@dataclass
class World:
    """One centre, named by `mark` in everything that a page could show."""

    centre: Centre
    root: Unit
    town: Unit
    village: Unit
    admin: Staff
    clerk: Staff
    deputy: Staff
    post: Post
    category: Category
    leaf: Category
    area: Area
    holiday: Holiday
    policy: PolicyVersion
    absence: Absence
    lead: Post
    head: Post
    charge: Charge
    channel: Channel

    def objects(self) -> list[object]:
        return [value for value in vars(self).values() if not isinstance(value, Staff)] + [
            self.admin,
            self.clerk,
            self.deputy,
        ]


def build(code: str, mark: str) -> World:
    centre = Centre.objects.create(code=code, name=f"{mark}热线中心", body=f"{mark}政府办公室", slogan=f"{mark}口号")

    def unit(key: str, name: str, kind: str, parent: Unit | None, group: str = "") -> Unit:
        return Unit.objects.create(
            centre=centre, code=f"{code}-{key}", name=mark + name, type=kind, parent=parent, ranking_group=group
        )

    def person(key: str, name: str, place: Unit, **rights: bool) -> Staff:
        return Staff.objects.create_user(
            f"{code}-{key}", password="tongxing-43", name=mark + name, centre=centre, unit=place, **rights
        )

    root = unit("root", "中心", "centre", None)
    town = unit("town", "大店镇", "town", root, "town")
    village = unit("village", "一村", "community", town)
    admin = person("admin", "管理员", root, is_staff=True)
    clerk, deputy = person("clerk", "经办", town), person("deputy", "备岗", town)
    Post.objects.create(centre=centre, unit=root, role=Role.ADMIN, name=f"{mark}管理岗", holder_a=admin)
    category = Category.objects.create(centre=centre, name=f"{mark}居民生活")
    area = Area.objects.create(centre=centre, name=f"{mark}城区")
    post = Post.objects.create(
        centre=centre, unit=town, role=Role.CLERK, name=f"{mark}热线岗", holder_a=clerk, holder_b=deputy
    )
    lead, head = (
        Post.objects.create(centre=centre, unit=town, role=role, name=mark + name, holder_a=deputy, holder_b=clerk)
        for role, name in ((Role.LINE_DEPUTY, "分管岗"), (Role.SECTION_HEAD, "片区岗"))
    )
    channel = Channel(centre=centre, unit=town, kind="email", name=f"{mark}工作群")
    channel.seal(f"{code}@example.com", None)
    channel.save()
    return World(
        centre=centre,
        root=root,
        town=town,
        village=village,
        admin=admin,
        clerk=clerk,
        deputy=deputy,
        post=post,
        category=category,
        leaf=Category.objects.create(centre=centre, name=f"{mark}路灯", parent=category),
        area=area,
        holiday=Holiday.objects.create(centre=centre, day=date(2021, 10, 27), name=f"{mark}假日"),
        policy=PolicyVersion.objects.create(centre=centre, pack_id="junan-2021", effective_from=date(2021, 1, 1)),
        absence=Absence.objects.create(staff=clerk, start=datetime(2020, 1, 1, tzinfo=UTC), reason=f"{mark}事假"),
        lead=lead,
        head=head,
        charge=Charge.objects.create(centre=centre, unit=town, category=category, area=area, deputy=lead, head=head),
        channel=channel,
    )


@pytest.fixture
def here(db) -> World:
    return build("jia", "甲地")


@pytest.fixture
def there(db) -> World:
    return build("yi", "乙地")


@pytest.fixture
def signed_in(here: World, client: Client) -> Client:
    """The administrator of `here`."""
    client.force_login(here.admin)
    return client
