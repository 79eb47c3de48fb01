"""What came of an import, or what would: counts, faults, notes, and what a person should look at before he agrees."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from .files import Line
from .incoming import Incoming

COUNTED = {
    "order.registered": "登记",
    "order.dispatched": "派单",
    "share.reply_imported": "导入答复",
    "callback.recorded": "导入回访",
    "raised_petition.granted": "登记上级同意",
    "raised_petition.denied": "登记上级不同意",
}
#: Rows of one note that are named one by one.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not imported: its line as Excel numbers it, the column ("" for the row), and why."""

    line: Line
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"第 {self.line.number} 行" + (f"“{self.column}”" if self.column else "")
        return f"{self.line.sheet} {place}：{self.reason}"


@dataclass(slots=True)
class Note:
    """Something about rows that people should know; `count` rows in all, the first of them by name."""

    text: str
    lines: list[Line]
    count: int = 1

    def __str__(self) -> str:
        numbers = "、".join(str(line.number) for line in self.lines)
        more = f"等 {self.count} 行" if self.count > len(self.lines) else ""
        return f"{self.lines[0].sheet} 第 {numbers} 行{more}：{self.text}"


@dataclass(slots=True)
class Profile:
    """Times and numbers of a file at a glance: a column that is eight hours early shows here."""

    first: datetime | None = None
    last: datetime | None = None
    hours: Counter[int] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)
    midnights: Counter[bool] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)

    def take(self, row: Incoming) -> None:
        """Count one row."""
        if row.number:
            self.lengths[len(row.number)] += 1
        if row.received_at is None:
            return
        at = row.received_at
        self.first, self.last = min(self.first or at, at), max(self.last or at, at)
        self.hours[at.hour] += 1
        self.seconds[at.second] += 1
        due = row.terms.get("upstream_due")
        if due is not None:
            self.midnights[due.hour == due.minute == 0] += 1

    def lines(self) -> list[str]:
        """Sentences for people."""
        found: list[str] = []
        if self.first and self.last:
            found.append(f"来件时间自 {self.first:%Y-%m-%d %H:%M:%S} 至 {self.last:%Y-%m-%d %H:%M:%S}")
            found.append("来件钟点：" + "，".join(f"{hour} 时 {self.hours[hour]} 件" for hour in sorted(self.hours)))
        if self.lengths:
            found.append("上级编号：" + "，".join(f"{length} 位 {n} 个" for length, n in sorted(self.lengths.items())))
        return found + self.doubts()

    def doubts(self) -> list[str]:
        """What looks as if another program had shifted the times."""
        total = self.hours.total()
        if total < 20:
            return []
        found = []
        night = sum(self.hours[hour] for hour in range(7))
        evening = sum(self.hours[hour] for hour in range(17, 24))
        if night > total * 0.6 and evening < total * 0.1:
            found.append("大多数来件在夜里 0—7 时：这一列也许早了 8 小时，请与对方系统核对")
        second, most = self.seconds.most_common(1)[0]
        if second and most > total * 0.8:
            found.append(f"几乎所有来件时间的秒数都是 {second}：这一列也许被别的程序改过，请与对方系统核对")
        if self.hours[0] == total and self.seconds[0] == total:
            found.append("所有来件时间都是 0 时：对方的文件也许只有日期")
        return found


@dataclass(slots=True)
class Report:
    """What came of an import, or what would.  `acts` counts by verb; `shown` are the first rows as understood;
    `differing` rows say something else than what is on record; `hidden` were left out; `ringing` orders will be
    warned of or overdue at the next sweep."""

    rows: int = 0
    unchanged: int = 0
    differing: int = 0
    hidden: int = 0
    ringing: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    shown: list[dict[str, str]] = field(default_factory=list)
    headers: tuple[str, ...] = ()
    profile: Profile = field(default_factory=Profile)
    kept: bool = True
    _noted: dict[tuple[str, str], Note] = field(default_factory=dict)

    def note(self, line: Line, text: str) -> None:
        """Something about this row; what is said of many rows is said once."""
        known = self._noted.get((line.sheet, text))
        if known is None:
            known = self._noted[line.sheet, text] = Note(text, [line])
            self.notes.append(known)
        elif line.number != known.lines[-1].number:
            known.count += 1
            if len(known.lines) < NAMED:
                known.lines.append(line)

    @property
    def bad_rows(self) -> int:
        """Rows, not complaints: a row may have several."""
        return len({(fault.line.sheet, fault.line.number) for fault in self.faults})

    @property
    def heads_up(self) -> list[str]:
        """What a person should see before he agrees: how the file was read, its times, what will ring."""
        found = [*self.remarks, *self.profile.lines()]
        if self.ringing:
            done = "将有" if not self.kept else "有"
            found.append(f"{done} {self.ringing} 件的时限已经过去或临近，下一次时限巡查就会提醒或亮牌")
        return found

    def __str__(self) -> str:
        done = "" if self.kept else "预览："
        parts = [f"{title} {self.acts[verb]} 件" for verb, title in COUNTED.items() if self.acts[verb]]
        parts += [f"已在册、没有新内容的 {self.unchanged} 行"] if self.unchanged else []
        parts += [f"已在册、内容不同而没有改动的 {self.differing} 行"] if self.differing else []
        parts += [f"隐藏而没有导入的 {self.hidden} 行"] if self.hidden else []
        parts += [f"有误未导入的 {self.bad_rows} 行"] if self.faults else []
        return f"{done}共 {self.rows} 行；" + "，".join(parts or ["没有可导入的内容"]) + "。"
