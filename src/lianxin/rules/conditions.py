"""Conditions of a rule, in CEL (Common Expression Language), compiled once per pack.

The evaluator stops at the first half of ``a && b`` that decides, so a misspelt
field in the other half would go unseen; therefore ``problems`` also reads the
fields and the values that the text names, compares them with the context, and
tries the condition on every combination of telling values (``samples``).  What
the evaluator would answer otherwise than the author means is refused: its
``size`` of a text counts bytes, its hours are those of the instant's own offset
(an order's are handed over in +08:00), its division fails on nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, product
from math import gcd, prod
from typing import Any

from lianxin.rules.context import FIELDS, SAMPLE, Context, complete, known_event
from lianxin.rules.evaluator import cel

_log = logging.getLogger(__name__)
#: The conditions of which the log has been told that they fail on some order.
_told: set[str] = set()
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_PATH = re.compile(r"(?<![\w.])([a-z_]+)\s*\.\s*([A-Za-z_]\w*)(?!\w|\s*\()")
_PART = re.compile(rf"(?<![\w.])({'|'.join(FIELDS)})(?!\w)")
#: Longer or deeper than any rule of any document; beyond, the parser itself is at risk.
_LONGEST, _DEEPEST = 1000, 20
_CALL = re.compile(r"(?<![\w.])(\.?)\s*([A-Za-z_]\w*)\s*\(")
_TIMES = "FullYear Month Date DayOfMonth DayOfWeek DayOfYear Hours Minutes Seconds"
_LIST_WORDS = "size has exists all exists_one"
_TEXT_WORDS = "contains startsWith endsWith matches timestamp duration"
_FUNCTIONS = frozenset((*_LIST_WORDS.split(), *_TEXT_WORDS.split(), *(f"get{word}" for word in _TIMES.split())))
_LISTS = r"order\s*\.\s*(?:tags|category|caller_flags|labels)"
_SIZE = re.compile(rf"(?<![\w.])size\s*\(\s*{_LISTS}\s*\)|(?<![\w.]){_LISTS}\s*\.\s*size\s*\(\s*\)")
_CLOCK_TIME = re.compile(r"(?<![\w.])order\s*\.\s*upstream_due\s*\.\s*get[A-Z]\w*\s*\(\s*\)")
_CONSTANT = re.compile(r"(?:timestamp|duration|matches)\s*\(\s*''\s*\)")
_NUMBER = re.compile(r"(?<![\w.'])\d+(?![\w.'])")
_COMPARED = re.compile(r"(?<![\w.])([a-z_]+)\.([a-z_]+)\s*[!=]=\s*(['\"])(.*?)\3")


@dataclass(frozen=True)
class Condition:
    """A compiled condition; compared by its text."""

    text: str
    _program: cel.Program = field(repr=False, compare=False)

    @classmethod
    @lru_cache(maxsize=2048)
    def compile(cls, text: str) -> Condition:
        """Compile, once for each text; ValueError (Chinese) where it is not CEL."""
        bare = _STRING.sub("''", text)
        if len(text) > _LONGEST or _depth(bare) > _DEEPEST:
            raise ValueError(f"不超过 {_LONGEST} 个字、括号和取反不超过 {_DEEPEST} 层的 CEL 条件")
        try:
            return cls(text, cel.compile(text))
        except ValueError as error:
            where = re.search(r":(\d+):(\d+)", str(error))
            place = f"（第 {where[2]} 个字符附近）" if where else ""
            raise ValueError(f"合法的 CEL 条件，现在无法解析{place}") from error

    def holds(self, context: Context | cel.Context, failed: Callable[[str], None] | None = None) -> bool:
        """Whether the condition holds in a full context; one that fails on it does not hold, and that is logged once.

        `problems` finds what would fail; should an order be unlike all samples nevertheless, the rule does not apply
        to it, and neither the act nor the sweep nor the page depends on it.  ``failed`` is told each time, in Chinese,
        what the condition should have been.

        A ``cel.Context`` made once by ``prepared`` is fifty times cheaper where
        many conditions look at one order.
        """
        try:
            return self.outcome(context)
        except Exception as error:
            sentence = f"应为{_explained(error)}"
            if self.text not in _told:
                _told.add(self.text)
                _log.error("条件“%s”对有的工单不能判断，所在规则对其不适用：%s", self.text, sentence)
            if failed is not None:
                failed(sentence)
            return False

    def outcome(self, context: Context | cel.Context) -> bool:
        """The same, raising what the evaluator raises, and TypeError if the outcome is no boolean."""
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

    @cached_property
    def places(self) -> tuple[tuple[str, str], ...]:
        """What it reads, in an order."""
        return tuple(sorted(self.reads))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts that it compares with."""
        return tuple(dict.fromkeys(one or other for one, other in _TEXT.findall(self.text)))

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The whole numbers that it compares with."""
        return tuple(dict.fromkeys(int(digits) for digits in _NUMBER.findall(_STRING.sub("''", self.text))))

    @cached_property
    def compared(self) -> tuple[tuple[str, str, str], ...]:
        """(part, field, text) of each field that it compares with a text."""
        return tuple((part, name, value) for part, name, _, value in _COMPARED.findall(self.text))

    @lru_cache(maxsize=2048)  # noqa: B019 - of a text: the same rule is checked again with each pack upon its own
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it, in Chinese: unknown fields and values, wrong types."""
        found = self._unknown_fields() + self._unknown_values() + list(self._misleading())
        if found:
            return tuple(found)
        whole = (SAMPLE, complete())
        asked: Iterator[Context | cel.Context] = (prepared(c, self.reads) for c in chain(whole, self.samples()))
        for context in chain(whole, asked):
            try:
                self.outcome(context)
            except Exception as error:  # the evaluator raises by kind: Key, Type, Index, Runtime
                return (_explained(error),)
        return ()

    def samples(self) -> Iterable[Context]:
        """Full contexts that differ in the fields that the condition names, at most some thousands of them."""
        named = sorted(self.reads) if len(self.reads) < _FEW else []
        values = [telling(*place, self.texts, self.numbers) for place in named]
        for chosen in spread(values, _MOST):
            context = complete()
            for (part, name), value in zip(named, chosen, strict=True):
                context[part][name] = value
            yield context

    def _misleading(self) -> Iterable[str]:
        """What the evaluator answers otherwise than it reads, or fails on with some orders."""
        bare = _STRING.sub("''", self.text)
        for _, name in _CALL.findall(bare):
            if name not in _FUNCTIONS and name != "in":
                yield f"可用的函数（{'、'.join(sorted(_FUNCTIONS))}），没有 {name}"
        if len(re.findall(r"\bsize\s*\(", bare)) != len(_SIZE.findall(bare)):
            lists = "order.tags、order.category、order.caller_flags 和 order.labels"
            yield f"不对文字用 size() 的条件（它数的是字节，不是字数）；size() 只能用于 {lists}"
        if len(re.findall(r"\.\s*get[A-Z]\w*\s*\(", bare)) != len(_CLOCK_TIME.findall(bare)):
            yield "直接对 order.upstream_due 取年、月、日、时的条件，如 order.upstream_due.getHours() >= 17（北京时间）"
        if len(re.findall(r"\b(?:timestamp|duration|matches)\s*\(", bare)) != len(_CONSTANT.findall(bare)):
            yield "timestamp()、duration()、matches() 中直接写文字的条件"
        if re.search(r"[*/%]", bare):
            yield "不用乘、除、取余的条件"
        if re.search(r"[\w)\]]\s*\[\s*(?![0-2]\s*\]|'')", re.sub(r"\bin\s*\[", "in(", bare)):
            yield "下标直接写 0 至 2 的条件（事项分类固定为三级）"
        if any(len(number) > _DIGITS for number in _NUMBER.findall(bare)):
            yield f"不超过 {_DIGITS} 位的数"

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
        for part, name, value in self.compared:
            known = FIELDS.get(part, {}).get(name)
            if (part, name) == ("event", "name") and known_event(value):
                # One that a rule makes: whether there is that kind is asked of the rule's events.
                continue
            if known and known.choices and value and value not in known.choices:
                listed = "、".join(known.choices)
                found.append(f"{part}.{name} 的取值应为 {listed} 之一，不能是 {value}")
        return found


#: The texts between quotes, either kind of them.
_TEXT = re.compile(r"'([^'\\]*)'|\"([^\"\\]*)\"")
_FEW, _MOST, _DIGITS = 12, 3000, 9


def spread(axes: Sequence[Sequence[Any]], most: int) -> Iterator[tuple[Any, ...]]:
    """Every combination of one value of each axis; where there are more than `most`, so many of them, of all parts.

    Steps by the golden section: each value of each axis comes up, and nearly each pair of values.
    """
    total = prod(len(axis) for axis in axes)
    if total <= most:
        yield from product(*axes)
        return
    step = int(total * 0.6180339887) | 1
    while gcd(step, total) != 1:
        step += 2
    for turn in range(most):
        rest, chosen = turn * step % total, []
        for axis in axes:
            rest, place = divmod(rest, len(axis))
            chosen.append(axis[place])
        yield tuple(chosen)


def telling(part: str, name: str, texts: Sequence[str], numbers: Sequence[int]) -> tuple[Any, ...]:
    """Telling values of a field: those of its list, the unknown, the sample, and what a condition compares with."""
    field_ = FIELDS[part][name]
    if field_.choices:
        return tuple(dict.fromkeys((*field_.choices, field_.default)))
    default, sample = field_.default, field_.sample
    if name == "category":
        return tuple(dict.fromkeys((default, sample, *((text, text, text) for text in texts))))
    if name in ("tags", "caller_flags", "labels"):
        return tuple(dict.fromkeys((default, sample, *((text,) for text in texts), tuple(texts))))
    if isinstance(default, str):
        return tuple(dict.fromkeys((default, sample, *texts)))
    if isinstance(default, bool):
        return (False, True)
    if isinstance(default, int):
        return tuple(dict.fromkeys((default, sample, 0, *numbers, *(n + 1 for n in numbers))))
    return (default, sample)


def _depth(bare: str) -> int:
    """How deep brackets nest, and how long a run of signs before a value is."""
    deepest = depth = 0
    for sign in bare:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    runs = (len(re.sub(r"\s", "", run)) for run in re.findall(r"[!\-\s]+", bare))
    return max(deepest, bare.count("?"), *runs, 0)


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
        OverflowError: "数不过大的条件",
        ZeroDivisionError: "不用乘、除、取余的条件",
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
