"""Where areas lie, and which of them a rapid team serves."""

from __future__ import annotations

from django.contrib import admin

from ..models import AreaCircle, TeamArea
from .scope import OwnChoices, ScopedAdmin


@admin.register(AreaCircle)
class AreaCircleAdmin(ScopedAdmin):
    """The circles by which an arrival on the spot is proved (C28)."""

    list_display = ("area", "datum", "longitude", "latitude", "radius")
    list_filter = (("area", OwnChoices),)
    list_select_related = ("area", "centre")
    search_fields = ("area__name",)
    autocomplete_fields = ("area",)


@admin.register(TeamArea)
class TeamAreaAdmin(ScopedAdmin):
    """Which areas the team of a post serves."""

    list_display = ("post", "area")
    list_filter = (("post", OwnChoices),)
    list_select_related = ("post__unit", "area", "centre")
    search_fields = ("post__name", "post__unit__name", "area__name")
    autocomplete_fields = ("post", "area")
