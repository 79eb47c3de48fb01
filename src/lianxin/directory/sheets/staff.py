"""The sheet of staff."""

import secrets
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from ..models import Centre, Staff, Unit
from . import workbook
from .base import YES_NO, CellError, Cells, Column, Key, Sheet, day, show_day, show_yes_no, yes_no

PASSWORD = "初始密码"
#: In the password's cell: make one.
GENERATE = "生成"
#: Signs that nobody mistakes for one another when they are read out or copied by hand.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"


class People(Sheet):
    """Staff by user name. The first password counts for new people only, and is never exported; “生成” makes one, which
    is given back once, in the sheet of first passwords. Whoever gets one must change it when he first signs in.

    Superusers are none of a centre's sheets: they are neither exported nor changed.
    """

    name = "staff"
    title = "人员"
    model = Staff

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self._units: dict[str, Unit] = {}
        # Hashing is slow on purpose; an office that gives all newcomers one first password pays for it once.
        self._hash = cache(make_password)
        #: user name, name, password of the new people whose password was made here
        self.made: list[tuple[str, str, str]] = []
        self.columns = (
            Column("用户名", "username", required=True),
            Column("姓名", "name", required=True),
            Column("单位编码", "unit", self._unit, lambda unit: unit.code if unit else ""),
            Column("职务", "title"),
            Column("办公电话", "phone"),
            Column("到岗日期", "joined_on", day, show_day),
            Column("专职", "full_time", yes_no, show_yes_no, blank_keeps=True, choices=YES_NO),
            Column("启用", "is_active", yes_no, show_yes_no, blank_keeps=True, choices=YES_NO),
            Column(PASSWORD, "", exported=False),
        )

    def existing(self) -> Iterable[Staff]:
        self._units = {unit.code: unit for unit in self.centre.units.all()}
        people = self.centre.staff.filter(is_superuser=False).select_related("unit")
        return people.order_by("unit__position", "unit__code", "username")

    def key_of(self, target: Staff) -> Key:
        return target.username

    def key(self, cells: Cells) -> Key:
        return cells["用户名"]

    def new(self, key: Key) -> Staff:
        return Staff(centre=self.centre, username=str(key), password=make_password(None))

    def carry(self, target: Any, cells: Cells, *, applied: bool) -> None:
        password = cells.get(PASSWORD, "")
        is_new = target.pk is None
        if is_new and password == GENERATE:
            password = _generated()
            self.made.append((target.username, target.name, password))
        if password and is_new:
            target.must_change_password = True
            try:
                validate_password(password, target)
            except ValidationError as error:
                raise ValidationError({PASSWORD: error.messages}) from error
            if applied:
                target.password = self._hash(password)
        super().carry(target, cells, applied=applied)

    def first_passwords(self) -> bytes | None:
        """The passwords made by the last import, as a sheet; None where there are none. They are kept nowhere."""
        rows, self.made = self.made, []
        if not rows:
            return None
        return workbook.write("初始密码", ["用户名", "姓名", PASSWORD], [list(row) for row in rows], {})

    def _unit(self, code: str) -> Unit | None:
        if not code:
            return None
        if code not in self._units:
            raise CellError(f"没有编码为“{code}”的单位，请先导入单位。")
        return self._units[code]


def _generated() -> str:
    """Twelve signs, 59 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))
