"""Conditions of a rule, in CEL (Common Expression Language), compiled once per pack.

The evaluator stops at the first half of ``a && b`` that decides, so a misspelt
field in the other half would go unseen; therefore ``problems`` also reads the
fields and the values that the text names and compares them with the context.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cel

from lianxin.rules.context import FIELDS, SAMPLE, Context, complete

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_PATH = re.compile(r"(?<![\w.])([a-z_]+)\s*\.\s*([A-Za-z_]\w*)(?!\w|\s*\()")
_PART = re.compile(rf"(?<![\w.])({'|'.join(FIELDS)})(?!\w)")
_COMPARED = re.compile(r"(?<![\w.])([a-z_]+)\.([a-z_]+)\s*[!=]=\s*(['\"])(.*?)\3")


@dataclass(frozen=True)
class Condition:
    """A compiled condition; compared by its text."""

    text: str
    _program: cel.Program = field(repr=False, compare=False)

    @classmethod
    def compile(cls, text: str) -> Condition:
        """Compile; ValueError (Chinese) where the text is not CEL."""
        try:
            return cls(text, cel.compile(text))
        except ValueError as error:
            where = re.search(r":(\d+):(\d+)", str(error))
            place = f"（第 {where[2]} 个字符附近）" if where else ""
            raise ValueError(f"合法的 CEL 条件，现在无法解析{place}") from error

    def holds(self, context: Context | cel.Context) -> bool:
        """Whether the condition holds in a full context.

        A ``cel.Context`` made once by ``prepared`` is fifty times cheaper where
        many conditions look at one order. TypeError if the outcome is no boolean.
        """
        outcome = self._program.execute(context)
        if not isinstance(outcome, bool):
            raise TypeError(f"condition is not a boolean: {self.text}")
        return outcome

    @cached_property
    def reads(self) -> frozenset[tuple[str, str]]:
        """The (part, field) pairs that it can look at: those it names, or all where it takes a whole part."""
        bare = _STRING.sub("''", self.text)
        named = [(part, name) for part, name in _PATH.findall(bare) if part in FIELDS]
        whole = len(named) != len(_PART.findall(bare))
        return frozenset((part, name) for part in FIELDS for name in FIELDS[part]) if whole else frozenset(named)

    def problems(self) -> list[str]:
        """What is wrong with it, in Chinese: unknown fields and values, wrong types."""
        found = self._unknown_fields() + self._unknown_values()
        if found:
            return found
        for context in (SAMPLE, complete()):
            try:
                self.holds(context)
                self.holds(prepared(context, self.reads))
            except Exception as error:  # the evaluator raises by kind: Key, Type, Index, Runtime
                return [_explained(error)]
        return []

    def _unknown_fields(self) -> list[str]:
        bare = _STRING.sub("''", self.text)
        found = []
        for part, name in _PATH.findall(bare):
            if part in FIELDS and name not in FIELDS[part]:
                known = "、".join(FIELDS[part])
                found.append(f"{part} 下已有的字段（{known}），没有 {part}.{name}")
        return found

    def _unknown_values(self) -> list[str]:
        found = []
        for part, name, _, value in _COMPARED.findall(self.text):
            known = FIELDS.get(part, {}).get(name)
            if known and known.choices and value and value not in known.choices:
                listed = "、".join(known.choices)
                found.append(f"{part}.{name} 的取值应为 {listed} 之一，不能是 {value}")
        return found


def prepared(context: Context, reads: Iterable[tuple[str, str]] | None = None) -> cel.Context:
    """The context in the evaluator's own form; only the fields in ``reads``, if given: each costs its conversion."""
    if reads is None:
        return cel.Context(variables=dict(context))
    parts: Context = {part: {} for part in context}
    for part, name in reads:
        parts[part][name] = context[part][name]
    return cel.Context(variables=parts)


def _explained(error: Exception) -> str:
    texts: dict[type[Exception], str] = {
        KeyError: f"上下文里已有的字段，没有 {_plain(error)}",
        IndexError: "不超出范围的下标（事项分类固定为三级，下标 0 至 2）",
        TypeError: "类型相符、结果为真或假的条件",
    }
    if type(error) in texts:
        return texts[type(error)]
    name = re.search(r"'([^']+)'", str(error))
    subject = f"，没有 {name[1]}" if name else ""
    return f"只用 {'、'.join(FIELDS)} 及其字段的条件{subject}"


def _plain(error: Any) -> str:
    return str(error).strip("'\"")
