"""Category trees as csv files: one leaf a row, columns level1, level2, level3 (a deeper one may be empty)."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from . import snapshot
from .models import Category, Centre
from .models.categories import LEVELS

COLUMNS = tuple(f"level{level}" for level in range(1, LEVELS + 1))
LONGEST = Category._meta.get_field("name").max_length or 0

Names = tuple[str, ...]


class TreeError(ValueError):
    """A csv file that is no category tree; the message is Chinese and names file and line."""


@dataclass(frozen=True)
class Planted:
    """What planting a tree did: how many categories were new and how many stood there already."""

    created: int
    kept: int


def read(file: Path) -> list[Names]:
    """The leaves of the tree in `file`, in its order. Raises TreeError, OSError."""
    leaves: list[Names] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise TreeError(f"{file.name}：第一行应为“{','.join(COLUMNS)}”。")
            for row in rows:
                leaves.append(_leaf(row, f"{file.name} 第 {rows.line_num} 行"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TreeError(f"{file.name}：不是 UTF-8 编码的 csv 文件（{error}）。") from error
    return leaves


def _leaf(row: dict[str, str], where: str) -> Names:
    names = [(row[column] or "").strip() for column in COLUMNS]
    path = tuple(name for name in names if name)
    if None in row or not path or names[: len(path)] != list(path):
        raise TreeError(f"{where}：应有一至{LEVELS}级名称，上一级不能空。")
    if too_long := next((name for name in path if len(name) > LONGEST), None):
        raise TreeError(f"{where}：“{too_long}”超过 {LONGEST} 个字。")
    return path


@transaction.atomic
def plant(centre: Centre, leaves: Iterable[Names]) -> Planted:
    """Add what `leaves` and the categories above them lack in the centre's tree; nothing is changed or removed."""
    by_path = {line.path: pk for pk, line in snapshot.of(centre.pk).categories.items()}
    start = len(by_path) + 1
    wanted = dict.fromkeys(leaf[:level] for leaf in leaves for level in range(1, len(leaf) + 1))
    created = 0
    for level in range(1, LEVELS + 1):
        missing = [path for path in wanted if len(path) == level and path not in by_path]
        new = [
            Category(centre=centre, parent_id=by_path.get(path[:-1]), name=path[-1], level=level, position=position)
            for position, path in enumerate(missing, start)
        ]
        for path, category in zip(missing, Category.objects.bulk_create(new), strict=True):
            by_path[path] = category.pk
        created += len(new)
    return Planted(created=created, kept=len(wanted) - created)
