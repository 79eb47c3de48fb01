"""Two trees of this repository on the same work, in one run: `script/bench --against REV [line…]`.

REV and the working tree as it is now are each laid out in a worktree of their own, with the
environment of their own lock and data of their own, made from the same files by their own command line.  Then each
line is measured on the one and the other in turn, A B A B, so that what else the machine does falls on both.  What is
printed is the ratio new / old.  The driver is of the new tree; it speaks HTTP, command line and files only, so that it
also works against a tree that knows nothing of it.  What a tree cannot do is printed as `-`.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from .data import Sizes, lay
from .lines import LINES
from .trees import Site, Tree, build, running
from .visits import Cannot


def compare(revision: str, names: Sequence[str], rounds: int, sizes: Sizes, kept: Path | None) -> None:
    """Measure the named lines (none means all) and print each ratio: its least, median and greatest."""
    with contextlib.ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-against-")))
        old = stack.enter_context(build(folder, "old", revision, keep=kept is not None))
        new = stack.enter_context(build(folder, "new", None, keep=kept is not None))
        click.echo(f"old {old.described}\nnew {new.described}")
        wanted = [LINES[name] for name in names or LINES]
        sites: list[Site | Tree] = [old, new]
        if any(line.needs_site for line in wanted):
            sites = [stack.enter_context(_laid(tree, sizes)) for tree in (old, new)]
        for name in names or LINES:
            for text in _measured(name, sites, rounds):
                click.echo(text)


@contextlib.contextmanager
def _laid(tree: Tree, sizes: Sizes) -> Iterator[Site]:
    with running(tree) as site:
        lay(site, sizes)
        yield site


def _measured(name: str, sites: Sequence[Site | Tree], rounds: int) -> Iterator[str]:
    line = LINES[name]
    seen: list[dict[str, list[float]]] = [{}, {}]
    reasons = ["", ""]
    for turn in range(line.rounds or rounds):
        for side, site in enumerate(sites):
            if reasons[side]:
                continue
            try:
                found = line.measure(site, turn)
            except Cannot as reason:
                reasons[side] = str(reason)
                continue
            for quantity, value in found.items():
                seen[side].setdefault(quantity, []).append(value)
    for quantity in dict.fromkeys([*seen[1], *seen[0]]):
        yield f"{name}, {quantity}: {_ratio(seen[0].get(quantity), seen[1].get(quantity))}"
    for side, reason in zip(("old", "new"), reasons, strict=True):
        if reason:
            yield f"{name}: {side} -  ({reason})"


def _ratio(old: list[float] | None, new: list[float] | None) -> str:
    shown = f"old {_values(old)}, new {_values(new)}"
    if not old or not new:
        return f"-  [{shown}]"
    if not all(old):
        return f"-  [{shown}; nothing to divide by]"
    ratios = [mine / theirs for theirs, mine in zip(old, new, strict=False)]
    least, middle, most = min(ratios), statistics.median(ratios), max(ratios)
    return f"{least:.3g} / {middle:.3g} / {most:.3g}  [{shown}]"


def _values(values: list[float] | None) -> str:
    return " ".join(f"{value:,.4g}" if value < 10_000 else f"{value:,.0f}" for value in values) if values else "-"
