"""A cell as it goes over the wire and as it is read: nothing, a text, a number, yes or no, a time, or something broken.

On the wire (JSON) a time is an object of one key, so that a day, an instant and a time of day stay apart; so is a
cell that has no value though something stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from lianxin.rules.characters import clean

DATE, MOMENT, TIME, ERROR, UNCALCULATED = "D", "M", "T", "E", "F"
#: Excel keeps 15 digits of a number.
EXACT = 10**15


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that shows an error, or whose formula was never calculated."""

    shown: str = ""

    def __str__(self) -> str:
        return f"单元格是错误值 {self.shown}" if self.shown else "公式没有算出结果，请用 Excel 打开并保存后再导入"


def from_wire(cell: Any) -> Any:
    """A cell as Python has it: None, str, bool, int, float, date, datetime, timedelta (of day) or `Broken`."""
    if not isinstance(cell, dict):
        return cell
    ((kind, value),) = cell.items()
    match kind:
        case "D":
            return date.fromisoformat(value)
        case "M":
            return datetime.fromisoformat(value)
        case "T":
            hours, minutes, seconds = value.split(":")
            return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
        case "E":
            return Broken(value)
        case _:
            return Broken()


def to_wire(value: Any) -> Any:
    """The other way: what a library gives as date or time."""
    match value:
        case datetime():
            return {MOMENT: value.replace(microsecond=0).isoformat()}
        case date():
            return {DATE: value.isoformat()}
        case time():
            return {TIME: f"{value:%H:%M:%S}"}
        case timedelta():
            return {TIME: f"{value // timedelta(hours=1)}:{value // timedelta(minutes=1) % 60}:{value.seconds % 60}"}
        case float() if value != value or value in (float("inf"), float("-inf")):
            return {ERROR: "#NUM!"}
        case str():
            return value.encode("utf-8", "replace").decode() if _lone(value) else value
        case _:
            return value


def _lone(value: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in value)


def text(value: Any) -> str:
    """The cell as text: control signs gone, line ends and outer blanks in order; nothing for a broken cell."""
    match value:
        case str():
            # What Excel writes for a return where nobody translates it, and a blank without width.
            return clean(value.replace("_x000D_", "").replace("\u200b", "")).strip()
        case None | Broken():
            return ""
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d}"
        case timedelta():
            return f"{value // timedelta(hours=1):02}:{value // timedelta(minutes=1) % 60:02}:{value.seconds % 60:02}"
        case _:
            return clean(str(value)).strip()
