"""What is wrong with a policy pack, in Chinese: file, rule, field, and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. ``rule`` is the id of the row or the name of the section; ``expected`` is Chinese."""

    file: str
    rule: str
    field: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}：规则 {self.rule}"
        if self.field:
            place = f"{place}，字段 {self.field}"
        return f"{place}：应为{self.expected}"


class PolicyError(Exception):
    """A pack cannot be used; nothing of it was loaded. ``problems`` holds every fault found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(map(str, problems)))
        self.problems = problems


def validation_problems(
    error: ValidationError, file: str, rule: str, model: type[BaseModel], prefix: str = ""
) -> Iterator[Problem]:
    """The faults of one row or section, as sentences; ``prefix`` stands before the field's path."""
    for fault in error.errors(include_url=False):
        path = [str(part + 1) if isinstance(part, int) else str(part) for part in fault["loc"]]
        field = ".".join([prefix, *path] if prefix else path)
        yield Problem(file, rule, field, _expected(fault, model))


_PLAIN = {
    "string_type": "文字（加引号）",
    "int_type": "整数",
    "bool_type": "true 或 false",
    "date_type": "日期，如 2021-10-25（不加引号）",
    "tuple_type": "列表，写成 [ … ]",
    "model_type": "一个表，写成 { … }",
    "dict_type": "一个表，写成 { … }",
}


#: What is not a pack's to say, and why.
_NO_MORE = {"enforced": "不写这一项的规则：是否启用由程序推算，见 lianxin policy explain"}


def _expected(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return f"必填的一项{_described(model, fault['loc'])}，现在没有"
    if kind == "extra_forbidden" and fault["loc"][-1] in _NO_MORE:
        return _NO_MORE[fault["loc"][-1]]
    if kind == "extra_forbidden":
        return f"已有的字段（{'、'.join(_fields(model, fault['loc'][:-1]))}），没有这一个"
    found = f"，现为 {_shown(fault['input'])}"
    if kind in _PLAIN:
        return _PLAIN[kind] + found
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、") + " 之一" + found
    if kind in ("too_short", "string_too_short"):
        return "非空的一项"
    if kind == "greater_than_equal":
        return f"不小于 {context['ge']} 的数" + found
    if kind == "less_than_equal":
        return f"不大于 {context['le']} 的数" + found
    if kind == "string_pattern_mismatch":
        return _identifier(context["pattern"]) + found
    if kind == "value_error" or kind == "assertion_error":
        return str(fault["msg"]).removeprefix("Value error, ") + found
    return f"另一种值（{fault['msg']}）" + found


def _identifier(pattern: str) -> str:
    """What an identifier of this pattern may look like."""
    most = int(re.findall(r"\{0,(\d+)\}", pattern)[-1]) + 1
    first = "字母或数字" if "^[0-9" in pattern else "字母"
    return f"以{first}开头、由字母、数字和 _ - 组成、不超过 {most} 个字符的标识"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"“{value if len(value) <= 60 else value[:60] + '…'}”"
    if isinstance(value, Mapping):
        return "一个表"
    return "一个列表" if isinstance(value, tuple | list) else str(value)[:60]


def model_at(model: type[BaseModel], loc: tuple[Any, ...]) -> type[BaseModel] | None:
    """The model that a path of field names (aliases) and indexes leads to."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or current is None:
            continue
        fields = {info.alias or name: info for name, info in current.model_fields.items()}
        current = _inner(fields[part].annotation) if part in fields else None
    return current


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_inner(arg) for arg in get_args(annotation))
    return next((model for model in found if model), None)


def _fields(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    found = model_at(model, loc)
    return [info.alias or name for name, info in found.model_fields.items()] if found else []


def _described(model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    found = model_at(model, loc[:-1])
    for name, info in found.model_fields.items() if found else ():
        if (info.alias or name) == loc[-1] and info.description:
            return f"（{info.description}）"
    return ""
