"""Units, areas and categories."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..models import Area, Category, Unit
from ..sheets import Areas, Categories, Units
from .scope import OwnChoices
from .sheets import SheetAdmin


@admin.register(Unit)
class UnitAdmin(SheetAdmin):
    """Handling units and the centre itself, which cannot be removed."""

    sheet = Units
    change_list_template = "directory/leaving_change_list.html"
    list_display = ("name", "code", "type", "ranking_group", "parent", "position", "active")
    list_filter = ("type", "ranking_group", "active", ("parent", OwnChoices))
    list_select_related = ("parent", "centre")
    search_fields = ("name", "short_name", "code")
    autocomplete_fields = ("parent",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.parent_id is not None)


@admin.register(Area)
class AreaAdmin(SheetAdmin):
    """Towns, villages and communities as places."""

    sheet = Areas

    list_display = ("name", "parent", "position", "active")
    list_filter = ("active", ("parent", OwnChoices))
    list_select_related = ("parent", "centre")
    search_fields = ("name",)
    autocomplete_fields = ("parent",)


@admin.register(Category)
class CategoryAdmin(SheetAdmin):
    """The category tree."""

    sheet = Categories
    list_display = ("whole_name", "level", "code", "position", "active")
    list_filter = ("level", "active")
    list_select_related = ("parent__parent", "centre")
    search_fields = ("name", "code", "parent__name")
    autocomplete_fields = ("parent",)

    @admin.display(description="类别", ordering="name")
    def whole_name(self, category: Category) -> str:
        """The names from the first level down."""
        return " › ".join(category.path())
