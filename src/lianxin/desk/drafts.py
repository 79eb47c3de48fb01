"""Nothing typed is lost: what stands in a form is kept until it has been accepted, thrown away, or is three days old.

The page sends it while it is typed; what is refused is kept too.  A draft belongs to one person and one form (`slot`),
is sealed as callers are, and never leaves the server but into that form: in the browser nothing of it is stored, since
agents share seats.  Who was signed out meanwhile takes it with him through the sign-in page, sealed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from django.core import signing
from django.http import QueryDict

from lianxin.directory import ciphers, keyring
from lianxin.ledger.models import Entry

from . import entered
from .asking import Asked, at_once
from .models import Draft

#: How long a draft waits for its person.
KEPT = timedelta(days=3)
#: Signs of one form, all fields together; a form that asks for more is not ours.
LONGEST = 200_000
#: The field that says whose form it is; forms without it are not kept.
TAG = "form"
#: What a form sends that nobody has typed.
_FRAME = frozenset({"csrfmiddlewaretoken", "key", "seen", "next", "then", "queue", TAG})
_SALT = "lianxin.draft"
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as its form takes it up again."""

    data: QueryDict
    seen: int | None
    key: str
    at: datetime


def slot(action: str, order: int | None = None, share: int | None = None, place: int = 1) -> str:
    """The name of a form: of a verb of an order and share, or of the n-th registration in hand."""
    return f"{action}:{place}" if order is None else f"{action}:{order}:{share or 0}"


def tag(staff: int, slot: str) -> str:
    """Whose form it is, and which: signed, so that nobody makes one for another."""
    return signing.dumps([staff, slot], salt=_SALT)


def read_tag(text: str) -> tuple[int, str] | None:
    """(person, slot) of a form's tag; None for anything else."""
    try:
        staff, slot = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(staff), str(slot)


def keep(staff: int, slot: str, posted: QueryDict, at: datetime) -> bool:
    """Keep what was posted.  False if it is too long, or was accepted already (a late letter of a form long sent)."""
    key = _key(posted)
    typed = {name: posted.getlist(name) for name in posted if name not in _FRAME and name != "share"}
    body = _written(typed)
    if len(body) > LONGEST or (key and _done(key)):
        return False
    slot = _free(staff, slot, key)
    values = {"body": ciphers.encrypt(body), "seen": entered.number(posted.get("seen", "")), "key": key, "kept_at": at}
    Draft.objects.update_or_create(staff_id=staff, slot=slot, defaults=values)
    return True


def keep_typed(staff: int, slot: str, posted: QueryDict, at: datetime, typed: bool) -> None:
    """Keep what was refused, if anything was typed: a form that says 已恢复 over nothing, or takes up what its person
    has emptied since, is believed by nobody."""
    if typed:
        keep(staff, slot, posted, at)
    elif key := _key(posted):
        drop(staff, slot, key)


def _key(posted: QueryDict) -> str:
    """The form's own key; `""` where it has none, or one of somebody's own making."""
    key = posted.get("key", "")
    return key if _KEY.fullmatch(key) else ""


def take_up(staff: int, slot: str) -> Kept | None:
    """The draft of a form, if one waits.  One that was accepted after all, or that no key opens, is dropped."""
    draft = Draft.objects.filter(staff=staff, slot=slot).first()
    if draft is None:
        return None
    typed = _open(draft)
    if typed is None or (draft.key and _done(draft.key)):
        draft.delete()
        return None
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return Kept(data, draft.seen, draft.key, draft.kept_at)


def waiting(staff: int, prefix: str) -> dict[str, tuple[datetime, dict[str, list[str]]]]:
    """The drafts whose slots begin so: when they were kept, and what stands in them."""
    found: dict[str, tuple[datetime, dict[str, list[str]]]] = {}
    for draft in Draft.objects.filter(staff=staff, slot__startswith=prefix).order_by("-kept_at"):
        typed = _open(draft)
        if typed is not None:
            found[draft.slot] = (draft.kept_at, typed)
    return found


def drop(staff: int, slot: str, key: str = "") -> None:
    """It was accepted, or thrown away.  What another form has put into the same slot meanwhile stays."""
    which = "slot = %s AND key IN (%s, '')" if key else "slot = %s"
    at_once(_deletion(staff, which, *([slot, key] if key else [slot])))


def accepted(staff: int, key: str) -> Asked:
    """What was handed in under this key was accepted: its draft has served; those of other forms go on waiting."""
    return _deletion(staff, "key = %s", key)


def _deletion(staff: int, which: str, *values: str) -> Asked:
    """One statement: Django would first read what it deletes."""
    return f"DELETE FROM {Draft._meta.db_table} WHERE staff_id = %s AND {which}", [staff, *values]


def _free(staff: int, slot: str, key: str) -> str:
    """Where a form's text is kept: where it already lies, else its slot, else the next place of a registration.

    Two registrations that were opened on an empty desk both have the first place; neither may overwrite the other.
    """
    action = slot.rpartition(":")[0]
    if not key or ":" in action:
        return slot
    others = dict(Draft.objects.filter(staff=staff, slot__startswith=f"{action}:").values_list("slot", "key"))
    mine = next((where for where, whose in others.items() if whose == key), None)
    if mine or others.get(slot, key) in (key, ""):
        return mine or slot
    return next((free for n in range(1, 10) if (free := f"{action}:{n}") not in others), slot)


def clear(at: datetime) -> None:
    """Drop what nobody has come back to."""
    Draft.objects.filter(kept_at__lt=at - KEPT).delete()


def reseal() -> tuple[int, int]:
    """Seal anew, under the newest key, what an older one sealed: how many, and how many no key opens any more.

    What its person types meanwhile stays: it is under the newest key by itself.
    """
    mark, done, unreadable = f"{keyring.current()[0]}:", 0, 0
    for draft in Draft.objects.exclude(body__startswith=mark).order_by("pk").iterator(chunk_size=200):
        try:
            body = ciphers.encrypt(ciphers.decrypt(draft.body))
        except (KeyError, ValueError, InvalidTag):
            unreadable += 1
        else:
            done += Draft.objects.filter(pk=draft.pk, body=draft.body).update(body=body)
    return done, unreadable


def carry(posted: QueryDict) -> str:
    """What was posted by somebody whose session had ended, sealed for the sign-in page; `""` for no form of ours."""
    if read_tag(posted.get(TAG, "")) is None:
        return ""
    body = _written({name: posted.getlist(name) for name in posted if name != "csrfmiddlewaretoken"})
    return ciphers.encrypt(body) if len(body) <= LONGEST else ""


def arrive(staff: int, carried: str, at: datetime) -> None:
    """Whoever signed in gets what he carried with him; what was another's is gone."""
    try:
        typed: Mapping[str, list[str]] = json.loads(ciphers.decrypt(carried))
    except (KeyError, ValueError, InvalidTag):
        return
    posted = QueryDict(mutable=True)
    for name, values in typed.items():
        posted.setlist(name, values)
    whose = read_tag(posted.get(TAG, ""))
    if whose is not None and whose[0] == staff:
        keep(staff, whose[1], posted, at)


def _written(typed: Mapping[str, list[str]]) -> str:
    """As it is sealed; the one sign that no database holds is left out."""
    clean = {name: [value.replace("\0", "") for value in values] for name, values in typed.items()}
    return json.dumps(clean, ensure_ascii=False, separators=(",", ":"))


def _done(key: str) -> bool:
    """Whether the book has what was handed in under this key."""
    return Entry.objects.filter(key=f"desk:{key}").exists()


def _open(draft: Draft) -> dict[str, list[str]] | None:
    try:
        found: dict[str, list[str]] = json.loads(ciphers.decrypt(draft.body))
    except (KeyError, ValueError, InvalidTag):
        return None
    return found
