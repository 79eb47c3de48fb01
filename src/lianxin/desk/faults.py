"""All that is wrong with a form at once.

Choosing from lists, the payload's own rules and the verb's check are asked one after the other when an act is done, and
the first that refuses ends it.  For the person who must mend the form all three are asked here, on an order that is
only read: it costs nothing where nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from lianxin.ledger import verbs
from lianxin.ledger.acts import Payload, Refused
from lianxin.ledger.deed import Deed, gathering
from lianxin.ledger.verbs import Verb


def all_of(deed: Deed[Any], verb: Verb[Any, Any], data: Mapping[str, Any]) -> dict[str, str]:
    """Field -> sentence for all of `data` that payload or check refuse; `deed` is one that only asks."""
    try:
        deed.payload, problems = verbs.validate(verb, data), {}
    except Refused as refused:
        problems = dict(refused.problems)
        deed.payload = _sound_part(verb.payload, data, {path.partition(".")[0] for path in problems})
    before = dict(problems)
    with gathering() as found:
        # What stands here already lets the check run into whatever is missing.
        found.update(problems)
        deed.payload = verb.resolve(deed)
        verb.check(deed)
    return before | {name: sentence for name, sentence in found.items() if name not in before}


def _sound_part(model: type[Payload], data: Mapping[str, Any], bad: set[str]) -> Payload:
    """The payload with only those fields that are well by themselves."""
    sound: dict[str, Any] = {}
    for name in model.model_fields:
        if name in data and name not in bad:
            try:
                sound[name] = _adapter(model, name).validate_python(data[name])
            except ValidationError:
                continue
    payload = model.model_construct()
    # Not as keywords: a field may be called `cls`.
    payload.__dict__.update(sound)
    return payload


@lru_cache(maxsize=512)
def _adapter(model: type[Payload], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    kind: Any = info.annotation
    return TypeAdapter(Annotated[(kind, *info.metadata)] if info.metadata else kind)
