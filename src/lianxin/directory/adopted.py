"""The packs that centres have adopted, read from the database alone: files are drafts, and speak for nothing in force.

A pack is parsed once a process and kept under the digest of its texts, so that what was read can never be another's:
which digest “id@version” has stands in the snapshot, which is never stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps

from lianxin.rules import policy

_parsed: dict[str, policy.Pack] = {}


def digests() -> Mapping[str, str]:
    """The digest of each adopted pack, by “id@version”."""
    return {
        f"{pack}@{version}": digest for pack, version, digest in _rows().values_list("pack_id", "version", "digest")
    }


def find(pack: str, digest: str | None = None) -> policy.Pack:
    """The adopted pack “id@version”; without its digest this costs a query.  Raises rules.policy.PolicyError."""
    if digest is None:
        digest = digests().get(pack, "")
    if digest not in _parsed:
        pack_id, _, version = pack.partition("@")
        kept = _rows().filter(pack_id=pack_id, version=version, digest=digest).first()
        if kept is None:
            raise policy.PolicyError([policy.Problem("数据库", pack, "", f"已采用的规则包（现有：{_known()}）")])
        _parsed[digest] = policy.from_texts(pack_id, kept.texts, adopted=True)
    return _parsed[digest]


def forget() -> None:
    """As a process that has just begun."""
    _parsed.clear()


def _known() -> str:
    return "、".join(sorted(digests())) or "无"


def _rows() -> Any:
    # The models ask the snapshot for calendars and packs, so this must not import them.
    return apps.get_model("directory", "AdoptedPack")._default_manager.all()
