"""Icons drawn into the page, times in words, and the cards of clocks."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString, mark_safe

from lianxin.rules.worktime import SHANGHAI

from .. import clocks

register = template.Library()
_NAME = re.compile(r"[a-z0-9-]+")


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A Tabler icon as inline SVG, for the eye only; nothing where the icon is not installed."""
    path = settings.ICONS / "outline" / f"{name}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        return mark_safe("")
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text("utf-8"), re.S)
    inside = re.sub(r"\s+", " ", drawing[1] if drawing else "").strip()
    return mark_safe(f'<svg class="lx-i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{inside}</svg>')


@register.simple_tag
def url(name: str, *args: str | int) -> str:
    """Django's own tag, but that an address is made once: a page has dozens, and an order's are asked again."""
    return _address(get_script_prefix(), name, args)


@lru_cache(maxsize=4096)
def _address(prefix: str, name: str, args: tuple[str | int, ...]) -> str:
    return reverse(name, args=args)


@register.simple_tag
@lru_cache(maxsize=256)
def asset(name: str) -> str:
    """Django's `static`, made once: a page has a dozen."""
    return static(name)


@register.simple_tag
def fresh_key() -> str:
    """A key under which a form is done once, however often it is sent."""
    return uuid.uuid4().hex


@register.filter
def moment(at: datetime | None) -> str:
    """`11-18 14:42`."""
    return clocks.moment(at)


@register.filter
def weekday(at: datetime) -> str:
    """`周三`."""
    return f"周{'一二三四五六日'[at.astimezone(SHANGHAI).weekday()]}"


@register.inclusion_tag("desk/_chip.html")
def clock_chip(chip: clocks.Chip | None) -> dict[str, Any]:
    """The chip of a clock."""
    return {"chip": chip}
