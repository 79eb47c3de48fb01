"""Idempotency: the same request sent twice is done once.  Its key stands in the entry that it made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lianxin.directory.ciphers import fingerprint

from .acts import Act, Payload, Refused
from .models import PART_BITS

#: (root, entry number)
Done = tuple[int, int]
LONGEST = 96


class Requests:
    """The keys of one batch: which were done before, which come twice in it, which were used for something else."""

    def __init__(self, acts: Sequence[Act], stored: Iterable[tuple[str, bytes, int]]) -> None:
        """`stored`: (key, digest, entry id) of those that stand in the book."""
        self._keys = {place: act.key for place, act in enumerate(acts) if act.key}
        self._digests = {place: _digest(acts[place]) for place in self._keys}
        self._done: dict[str, tuple[bytes, Done]] = {
            key: (bytes(digest), (entry >> PART_BITS, entry & (1 << PART_BITS) - 1)) for key, digest, entry in stored
        }
        self._stored = frozenset(self._done)

    def answered(self, place: int) -> Done | None:
        """What came of this request when it was sent before.  Raises `Refused` where its key was for another one."""
        key = self._keys.get(place)
        if key is None:
            return None
        if len(key) > LONGEST:
            raise Refused(f"提交编号最多 {LONGEST} 个字符")
        if key not in self._done:
            return None
        digest, done = self._done[key]
        if digest != self._digests[place]:
            raise Refused("这个提交编号已用于另一项操作，以先提交的内容为准；需要再办一次，请重新打开表单")
        return done

    def note(self, place: int, done: Done) -> None:
        """The request was done just now."""
        if place in self._keys:
            self._done[self._keys[place]] = (self._digests[place], done)

    def was_stored(self, place: int) -> bool:
        """Whether the key was in the book before this batch."""
        return self._keys.get(place) in self._stored

    def asked(self, place: int) -> tuple[str | None, bytes | None]:
        """Key and digest of the request, as they go into its entry; None for one without a key."""
        return self._keys.get(place), self._digests.get(place)


def _digest(act: Act) -> bytes:
    """Over what is asked, not when: a form sent again is later, but the same request.  Keyed: it may name people."""
    payload: Mapping[str, Any] = (
        act.payload.model_dump(mode="json") if isinstance(act.payload, Payload) else dict(act.payload)
    )
    order = act.order if act.order is None or act.order > 0 else None
    asked: list[Any] = [act.verb, order, act.actor.staff, act.actor.centre, payload]
    if act.actor.citizen:
        asked.append(act.actor.citizen.hex())
    if act.files:
        asked.append([file.sha256.hex() for file in act.files])
    return bytes.fromhex(fingerprint("request", _ENCODER.encode(asked)))


def _plain(value: Any) -> Any:
    """What JSON does not know (an instant, a frozen mapping), in one fixed spelling."""
    return dict(value) if isinstance(value, Mapping) else str(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
