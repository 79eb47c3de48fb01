"""Reading one policy file: TOML to validated rows and settings, every fault collected, nothing half loaded."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from lianxin.rules import policy_rows
from lianxin.rules.characters import clean
from lianxin.rules.policy_errors import PolicyError, Problem, model_at, validation_problems
from lianxin.rules.policy_labels import LabelRule
from lianxin.rules.policy_petitions import PetitionRule, RaisingRule
from lianxin.rules.policy_queues import QueueRule
from lianxin.rules.policy_rounds import DutyRule, WatchRule
from lianxin.rules.policy_rows import Row
from lianxin.rules.policy_settings import Settings
from lianxin.rules.policy_sources import SourceRule
from lianxin.rules.policy_tasks import TaskRule

#: The kinds of rows, by their tables.
ROWS: dict[str, type[Row]] = {
    **policy_rows.ROWS,
    **{
        model.table: model
        for model in (TaskRule, DutyRule, WatchRule, PetitionRule, RaisingRule, QueueRule, LabelRule, SourceRule)
    },
}


@dataclass
class Reading:
    """What one file states: raw sections and rows, and the faults found so far."""

    file: str
    raw: Mapping[str, Any]
    text: str = ""
    problems: list[Problem] = field(default_factory=list)
    #: it was checked when it was adopted, and is only read
    adopted: bool = False

    def fault(self, rule: str, name: str, expected: str) -> None:
        """Note a fault."""
        self.problems.append(Problem(self.file, rule, name, expected))

    def stop_if_faulty(self) -> None:
        """Raise PolicyError with every fault noted so far."""
        if self.problems:
            raise PolicyError(self.problems)

    def model(self, model: type[BaseModel], value: Any, rule: str) -> BaseModel | None:
        """One validated model, or None and its faults noted."""
        try:
            return model.model_validate(value, context={"adopted": self.adopted})
        except ValidationError as error:
            self.problems += validation_problems(error, self.file, rule, model)
            return None

    def rows(self) -> list[Row]:
        """Every row of the file, in the order of its tables."""
        self._check_tables()
        found: list[Row] = []
        for table, model in ROWS.items():
            stated = self.raw.get(table, ())
            if not isinstance(stated, tuple):
                self.fault(table, "", f"写成 [[{table}]] 的一组表")
                continue
            for number, value in enumerate(stated, start=1):
                row = self.model(model, value, _name_of(value, table, number))
                if isinstance(row, Row):
                    found.append(row)
        return found

    def sections(self) -> dict[str, Any]:
        """The raw sections that the file states."""
        found = {name: value for name, value in self.raw.items() if name in Settings.model_fields}
        return {name: value for name, value in found.items() if isinstance(value, Mapping)}

    def names(self, table: str) -> set[Any]:
        """The names that the rows of a table state, of the faulty ones too."""
        rows = self.raw.get(table, ())
        found = (row.get("name") for row in rows if isinstance(row, Mapping)) if isinstance(rows, tuple) else ()
        return {name for name in found if isinstance(name, str)}

    def sound(self, *tables: str) -> bool:
        """Whether no fault has been noted of any row of these tables."""
        told = {problem.rule for problem in self.problems}
        return not any(told & self._stated(table) for table in tables) and not told & {*tables}

    def _stated(self, table: str) -> set[str]:
        """What the rows of a table are called in faults."""
        rows = self.raw.get(table, ())
        return {_name_of(row, table, n) for n, row in enumerate(rows, 1)} if isinstance(rows, tuple) else {table}

    def _check_tables(self) -> None:
        known = ["pack", *ROWS, *Settings.model_fields]
        for name in self.raw.keys() - set(known):
            self.fault(name, "", f"已有的部分（{'、'.join(known)}），没有这一个")
        for name in Settings.model_fields:
            if not isinstance(self.raw.get(name, {}), Mapping):
                self.fault(name, "", f"写成 [{name}] 的一个表")


def read(path: Path) -> Reading:
    """Parse the TOML; PolicyError where there is no such file or it is not TOML."""
    file = str(path)
    try:
        # Editors of Windows begin a text with a mark.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError([Problem(file, "文件", "", "UTF-8 编码的文本")]) from None
    except OSError as error:
        raise PolicyError([Problem(file, "文件", "", f"可以读取的文件（{_reason(error)}）")]) from None
    try:
        return Reading(file, parsed(text), text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([Problem(file, "文件", _position(error), "合法的 TOML：请检查引号、括号和等号")]) from None
    except RecursionError:
        raise PolicyError([Problem(file, "文件", "", "括号和表不超过几十层的 TOML")]) from None
    except ValueError:  # whole numbers of thousands of digits
        raise PolicyError([Problem(file, "文件", "", "合法的 TOML，数字不能过长")]) from None


@lru_cache(maxsize=16)
def parsed(text: str) -> Mapping[str, Any]:
    """What a text in TOML states, kept: a base is read again with each pack upon it.  Raises what `tomllib` raises."""
    found: Mapping[str, Any] = frozen(tomllib.loads(text, parse_float=Decimal))
    return found


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Sections laid over those of the base: tables key by key, everything else replaced whole."""
    result = dict(base)
    for name, value in own.items():
        below = result.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            value = merged(below, value)
        result[name] = value
    return result


def leaves(sections: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted path of each setting stated: callback.tries."""
    for name, value in sections.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}.")
        else:
            yield path


def setting(settings: BaseModel, path: str) -> Any:
    """The value at a dotted path; KeyError where there is none."""
    current: Any = settings
    for name in path.split("."):
        if not isinstance(current, BaseModel):
            raise KeyError(path)
        fields = {info.alias or key: key for key, info in type(current).model_fields.items()}
        if name not in fields:
            raise KeyError(path)
        current = getattr(current, fields[name])
    return current


def field_of(settings: type[BaseModel], path: str) -> str:
    """The Chinese description of the setting at a dotted path; "" where it has none."""
    *above, last = path.split(".")
    model = model_at(settings, tuple(above))
    for name, info in model.model_fields.items() if model else ():
        if (info.alias or name) == last:
            return info.description or ""
    return ""


def _name_of(value: Any, table: str, number: int) -> str:
    named = value.get("id") if isinstance(value, Mapping) else None
    return named if isinstance(named, str) and named else f"[[{table}]] 第 {number} 条"


def frozen(value: Any) -> Any:
    """Texts cleaned, and lists as tuples, so that what was read cannot be changed and exact types can be asked for."""
    if isinstance(value, dict):
        return {name: frozen(inner) for name, inner in value.items()}
    if isinstance(value, str):
        return clean(value)
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def _position(error: tomllib.TOMLDecodeError) -> str:
    match = re.search(r"at line (\d+), column (\d+)", str(error))
    return f"第 {match[1]} 行第 {match[2]} 列" if match else "文件末尾"


def _reason(error: OSError) -> str:
    reasons = {
        "FileNotFoundError": "找不到文件",
        "PermissionError": "没有读取权限",
        "IsADirectoryError": "这是一个目录",
    }
    return reasons.get(type(error).__name__, "读取失败")
