"""The one spelling of what is digested."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from lianxin.ledger.chain import canonical

_TEXT = some.text(some.characters(exclude_categories=["Cs"]))
_LEAF = some.none() | some.booleans() | some.integers(-(2**63), 2**63 - 1) | _TEXT
_ANY = some.recursive(_LEAF, lambda inner: some.lists(inner) | some.dictionaries(_TEXT, inner), max_leaves=20)


@given(_ANY)
def test_it_is_the_standard_librarys(value: Any) -> None:
    spelled = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(value) == spelled.encode()
    assert json.loads(canonical(value)) == value
