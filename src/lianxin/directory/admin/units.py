"""Units, areas and categories."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from .. import named, snapshot, staffing
from ..models import Area, Category, Centre, Unit
from ..sheets import Areas, Categories, Units
from .scope import OwnChoices, own_centre
from .sheets import SheetAdmin

Offered = tuple[str, dict[str, str]]


def _offered(request: HttpRequest, unit: Unit | None = None) -> tuple[Offered, Offered]:
    """What stands for none, and code -> title, of types and of groups.

    A superuser of all centres is offered what any of them names; what the unit's own does not, is refused.
    """
    own = own_centre(request)
    of_unit = [unit.centre_id] if unit else [own.pk] if own else list(Centre.objects.values_list("pk", flat=True))
    types: dict[str, str] = {}
    groups: dict[str, str] = {}
    for pack in filter(None, map(named.names_for, of_unit)):
        types = {found.code: found.title for found in pack.units.types} | types
        groups = {found.code: found.title for found in pack.units.groups} | groups
    return ("请选择", types), (named.NO_GROUP, groups)


class _ByCode(admin.SimpleListFilter):
    """Filters by a code of the pack, under the pack's title; codes of earlier rules stand behind."""

    place: int

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        _, titles = _offered(request)[self.place]
        standing = model_admin.get_queryset(request).order_by(self.parameter_name).distinct()
        codes = {*standing.values_list(self.parameter_name, flat=True)} - {""}
        return [*titles.items(), *((code, code + named.UNNAMED) for code in sorted(codes - titles.keys()))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class ByType(_ByCode):
    """By what a unit is."""

    title, parameter_name, place = "类型", "type", 0


class ByGroup(_ByCode):
    """By the league table that it stands in."""

    title, parameter_name, place = "排名组", "ranking_group", 1


#: What the column is called that says what a unit lacks.
LACKS = "配备"


def _lacking(centre: int) -> dict[int, str]:
    """By unit what it lacks; nothing of the units that lack nothing."""
    found = staffing.short(snapshot.of(centre), timezone.now())
    return {line.unit.id: "；".join(line.missing) for line in found}


@admin.register(Unit)
class UnitAdmin(SheetAdmin):
    """Handling units and the centre itself, which cannot be removed."""

    sheet = Units
    change_list_template = "directory/leaving_change_list.html"
    list_display = ("name", "code", "type", "ranking_group", "parent", "lacks", "position", "active")
    readonly_fields = ("lacks",)
    list_filter = (ByType, ByGroup, "active", ("parent", OwnChoices))
    list_select_related = ("parent", "centre")
    search_fields = ("name", "short_name", "code")
    autocomplete_fields = ("parent",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.parent_id is not None)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """With the titles of type and group, by the rules in force of each unit's centre; asked once a page."""
        names = cache(named.names_for)

        @admin.display(description="类型", ordering="type")
        def type_title(unit: Unit) -> str:
            pack = names(unit.centre_id)
            return pack.units.type_title(unit.type) if pack else unit.type

        @admin.display(description="排名组", ordering="ranking_group")
        def group_title(unit: Unit) -> str:
            pack = names(unit.centre_id)
            return (pack.units.group_title(unit.ranking_group) if pack else unit.ranking_group) or "-"

        lacking = cache(_lacking)

        @admin.display(description=LACKS)
        def lacks(unit: Unit) -> str:
            return lacking(unit.centre_id).get(unit.pk, "")

        titles = {"type": type_title, "ranking_group": group_title, "lacks": lacks}
        return [titles.get(name, name) for name in super().get_list_display(request)]

    @admin.display(description=LACKS)
    def lacks(self, unit: Unit) -> str:
        """What the unit lacks of the posts and people that the rules ask for."""
        return (unit.pk and _lacking(unit.centre_id).get(unit.pk)) or "-"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Type and group are chosen from the lists of the rules in force; what stands there already can stay."""
        form = super().get_form(request, obj, change, **kwargs)
        standing = (obj.type, obj.ranking_group) if obj else ("", "")
        for name, (first, entries), now in zip(
            ("type", "ranking_group"), _offered(request, obj), standing, strict=True
        ):
            kept = [(now, now + named.UNNAMED)] if now and now not in entries else []
            field, choices = form.base_fields[name], [("", first), *entries.items(), *kept]
            form.base_fields[name] = forms.ChoiceField(choices=choices, label=field.label, required=field.required)
        return form


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
