"""Exact formulas over measures: ``+ - * / ( )`` on names and numbers, nothing else.

Not CEL, because there ``3 / 4`` is 0. A formula gives a ``Fraction``, or None
where something is divided by nothing, which prints as ``-`` and never as 0 %.
Rounding happens once, on the exact value, when it is shown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Rounding = Literal["half_up", "truncate"]
Shown = Literal["percent", "number"]

NOTHING = "-"


@dataclass(frozen=True)
class Formula:
    """A parsed formula; ``names`` are the measures that it needs."""

    text: str
    names: frozenset[str] = field(compare=False)
    _tree: ast.expr = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Formula:
        """Parse; ValueError (Chinese) where anything else than + - * / ( ) stands in it."""
        if len(text) > _LONGEST:
            raise ValueError(f"不超过 {_LONGEST} 个字符的算式")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError("由指标名和 + - * / ( ) 组成的算式") from None
        names = frozenset(_names(tree, text.strip()))
        if not names:
            raise ValueError("至少用到一个指标的算式")
        return cls(text, names, tree)

    def value(self, measures: Mapping[str, int]) -> Fraction | None:
        """The exact value; None where a divisor is nothing. KeyError for a missing measure."""
        return _value(self._tree, measures)


def half_up(value: Fraction, digits: int) -> Decimal:
    """Rounded to ``digits`` decimals, halves away from zero: 272.5 -> 273."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return _decimal(whole, digits, value < 0)


def truncated(value: Fraction, digits: int) -> Decimal:
    """Cut off after ``digits`` decimals: 78.986 -> 78.98."""
    scaled = abs(value) * 10**digits
    return _decimal(scaled.numerator // scaled.denominator, digits, value < 0)


_ROUND: dict[Rounding, Callable[[Fraction, int], Decimal]] = {
    "half_up": half_up,
    "truncate": truncated,
}


def show_number(value: Fraction | None, digits: int, rounding: Rounding = "half_up") -> str:
    """Such as ``273``; ``-`` for None."""
    return NOTHING if value is None else f"{_ROUND[rounding](value, digits):f}"


def show_percent(value: Fraction | None, digits: int, rounding: Rounding = "half_up") -> str:
    """Such as ``17.40%``; ``-`` for None. Digits are those of the percentage."""
    return NOTHING if value is None else f"{_ROUND[rounding](value * 100, digits):f}%"


def _decimal(units: int, digits: int, negative: bool) -> Decimal:
    number = Decimal(units).scaleb(-digits)
    return -number if negative and units else number


#: Longer than any formula of any document; beyond, parsing it costs more than it is worth.
_LONGEST = 400
_PLAIN = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def _names(node: ast.expr, text: str) -> list[str]:
    """Names in the tree; replaces each number by its exact Fraction on the way."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        # The written digits, not the binary float: 0.1 is one tenth.
        digits = ast.get_source_segment(text, node) or ""
        if not _PLAIN.fullmatch(digits):
            raise ValueError(f"只含普通写法的数（最多六位整数、六位小数）的算式，不能有：{digits}")
        node.value = Fraction(digits)  # type: ignore[assignment]
        return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
        return _names(node.left, text) + _names(node.right, text)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _names(node.operand, text)
    segment = ast.get_source_segment(text, node) or text
    raise ValueError(f"只含指标名、数字和 + - * / ( ) 的算式，不能有：{segment}")


def _value(node: ast.expr, measures: Mapping[str, int]) -> Fraction | None:
    if isinstance(node, ast.Name):
        return Fraction(measures[node.id])
    if isinstance(node, ast.Constant):
        return Fraction(node.value)  # type: ignore[arg-type]  # made a Fraction by parse
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, measures)
        return None if inner is None else -inner
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left, measures), _value(node.right, measures)
    if left is None or right is None:
        return None
    return _calculate(node.op, left, right)


def _calculate(op: ast.operator, left: Fraction, right: Fraction) -> Fraction | None:
    if isinstance(op, ast.Div):
        return left / right if right else None
    if isinstance(op, ast.Mult):
        return left * right
    return left + right if isinstance(op, ast.Add) else left - right
