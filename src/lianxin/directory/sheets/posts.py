"""The sheet of posts with their A and B holders."""

from collections.abc import Iterable

from ..models import Centre, Post, Staff, Unit
from ..roles import Role
from .base import CellError, Cells, Column, Key, Sheet, labels

ROLES = labels(Role)


class Posts(Sheet):
    """Posts by unit, role and name; an empty name is the role's."""

    name = "posts"
    title = "岗位"
    model = Post

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self._units: dict[str, Unit] = {}
        self._people: dict[str, Staff] = {}
        self.columns = (
            Column("单位编码", "unit", self._unit, lambda unit: unit.code, required=True),
            Column(
                "角色", "role", ROLES.__getitem__, lambda v: str(Role(v).label), required=True, choices=tuple(ROLES)
            ),
            Column("岗位名称", "name", blank_keeps=True),
            Column("A角用户名", "holder_a", self._person, _username),
            Column("B角用户名", "holder_b", self._person, _username),
        )

    def existing(self) -> Iterable[Post]:
        self._units = {unit.code: unit for unit in self.centre.units.all()}
        self._people = {person.username: person for person in self.centre.staff.all()}
        posts = self.centre.posts.select_related("unit", "holder_a", "holder_b")
        return posts.order_by("unit__position", "unit__code", "role", "id")

    def key_of(self, target: Post) -> Key:
        return target.unit.code, Role(target.role).label, target.name

    def key(self, cells: Cells) -> Key:
        return cells["单位编码"], cells["角色"], cells.get("岗位名称") or cells["角色"]

    def new(self, key: Key) -> Post:
        assert isinstance(key, tuple)
        return Post(centre=self.centre, name=key[2])

    def name_of(self, key: Key) -> str:
        assert isinstance(key, tuple)
        return f"{key[0]} {key[2]}"

    def _unit(self, code: str) -> Unit:
        if code not in self._units:
            raise CellError(f"没有编码为“{code}”的单位，请先导入单位。")
        return self._units[code]

    def _person(self, username: str) -> Staff | None:
        if not username:
            return None
        if username not in self._people:
            raise CellError(f"没有用户名为“{username}”的人员，请先导入人员。")
        return self._people[username]


def _username(person: Staff | None) -> str:
    return person.username if person else ""
