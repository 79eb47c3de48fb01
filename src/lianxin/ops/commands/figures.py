"""`lianxin figures`: measures and formulas of a period, of one centre or many, counted by the engine that is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from lianxin.rules.measures import MEASURES

from ..counting import counting, on_engine
from ..database import needs_database
from ..trouble import Trouble

if TYPE_CHECKING:
    from lianxin.directory.models import Centre
    from lianxin.directory.snapshot import Snapshot
    from lianxin.figures.count import Measures
    from lianxin.figures.engines import Engine
    from lianxin.figures.scope import Scope
    from lianxin.rules.periods import Period
    from lianxin.rules.policy import Pack

#: What may be grouped by, and the column of the relations that it is.
GROUPS = {
    "unit": "unit_id",
    "category": "category_id",
    "area": "area_id",
    "month": "month",
    "day": "day",
    "class": "cls",
    "source": "source",
    "channel": "channel",
}
SHOWN = ("accepted", "handled", "closed", "overdue", "within_limit_rate", "satisfaction")


@click.command(
    help="统计一段时间的指标，以制表符分列；可一次统计几个中心，各按各的规则包。"
    "PERIOD 写作 2026-11-29、2026-W48、2026-11、2026-Q4 或 2026。"
)
@click.argument("period")
@click.option("--centre", "codes", multiple=True, help="热线中心的编码，可写几次；不写的为全部中心。")
@click.option("--figure", "names", multiple=True, help=f"指标或公式的名称，可写几次；不写的为 {'、'.join(SHOWN)}。")
@click.option("--by", type=click.Choice([*GROUPS]), help="再按承办单位、类别等分组。")
@on_engine
@needs_database()
def command(period: str, codes: Sequence[str], names: Sequence[str], by: str | None, on: str, lake: str | None) -> None:
    """Count in one statement a relation, whatever the number of centres; print, and by what it was counted."""
    from lianxin.directory.models import Centre
    from lianxin.figures.count import count_each
    from lianxin.rules import periods

    from .directory import centre_of

    try:
        asked = periods.parse(period)
    except ValueError:
        raise Trouble("时间应写作 2026-11-29、2026-W48、2026-11、2026-Q4 或 2026 的样子") from None
    centres = [centre_of(code) for code in codes] or list(Centre.objects.order_by("pk"))
    with counting(on, lake) as engine:
        sheets = [_Sheet.of(centre, asked, engine).with_figures(names, by) for centre in centres]
        measures = sorted(set().union(*(sheet.needs(name) for sheet in sheets for name in sheet.names)))
        counted = count_each([sheet.scope for sheet in sheets], measures, [GROUPS[by]] if by else [], on=engine)
        for sheet, groups in zip(sheets, counted, strict=True):
            for line in sheet.lines(groups, by):
                click.echo("\t".join(line))
        click.echo(f"（{asked.name}，由{engine.title}计数）")


@dataclass(frozen=True)
class _Sheet:
    """The figures of one centre, by its own pack."""

    centre: Centre
    directory: Snapshot
    pack: Pack
    scope: Scope
    names: Sequence[str] = ()

    @classmethod
    def of(cls, centre: Centre, asked: Period, engine: Engine) -> _Sheet:
        """Of a period, cut off as everywhere (`gather.period`)."""
        from lianxin.bulletins.gather import period
        from lianxin.directory import history, snapshot

        directory = snapshot.of(centre.pk)
        try:
            scope, pack = period(directory, asked.first, asked.last, on=engine)
        except LookupError:
            raise Trouble(f"{centre.name}那时还没有生效的规则包") from None
        return cls(centre, history.as_of(directory, scope.cutoff), pack, scope)

    def with_figures(self, names: Sequence[str], by: str | None) -> _Sheet:
        """With these figures, or with those of `SHOWN` that have such groups.  Raises Trouble for a name that is none,
        or has no such groups."""
        if not names:
            known = [name for name in SHOWN if name in MEASURES or name in self.pack.formulas]
            plain = [name for name in known if self.needs(name) <= MEASURES.keys()]
            return replace(self, names=[name for name in plain if not by or self._grouped(name, by)])
        for name in names:
            if unknown := self.needs(name) - MEASURES.keys():
                raise Trouble(f"“{name}”还要用到 {'、'.join(sorted(unknown))}，只能在周报里统计")
            if by and not self._grouped(name, by):
                raise Trouble(f"“{name}”不能按 {by} 分组")
        return replace(self, names=names)

    def needs(self, name: str) -> frozenset[str]:
        """The measures that a figure is made of."""
        if name in MEASURES:
            return frozenset({name})
        if name not in self.pack.formulas:
            raise Trouble(f"{self.centre.name}没有名为“{name}”的指标或公式")
        return self.pack.formulas[name].names

    def _grouped(self, name: str, by: str) -> bool:
        from lianxin.figures.count import columns_of

        return all(GROUPS[by] in columns_of(each) for each in self.needs(name))

    def lines(self, groups: Mapping[Any, Measures], by: str | None) -> Iterator[list[str]]:
        """Its head, and a line a group; sorted, so that two engines print the same."""
        titles = [MEASURES[n].title if n in MEASURES else self.pack.formulas[n].title for n in self.names]
        yield [self.centre.name, *(["分组"] if by else []), *titles]
        for group, measures in sorted(groups.items(), key=lambda item: [(v is None, str(v)) for v in item[0]]):
            shown = [str(measures[n]) if n in MEASURES else self.pack.formulas[n].show(measures) for n in self.names]
            yield [self.centre.code, *([self._called(by, group[0])] if by else []), *shown]

    def _called(self, by: str, value: Any) -> str:
        """What a group is called in the directory and the pack of then."""
        if value is None:
            return "未填"
        named: Mapping[str, Any] = {
            "unit": self.directory.units,
            "category": self.directory.categories,
            "area": self.directory.areas,
            "class": self.pack.classes,
            "source": self.pack.sources,
        }
        line = named.get(by, {}).get(value)
        if line is None:
            return str(value)
        return str(getattr(line, "title", None) or line.name)
