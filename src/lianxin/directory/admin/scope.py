"""The fence around a centre: every admin class of the directory stands on `ScopedAdmin`.

Lists, searches, filters, pop-ups, autocomplete, history and delete pages all start from `get_queryset`; choices of
foreign keys from `formfield_for_foreignkey`; each page asks `has_…_permission`. So these three carry the fence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import Field, ForeignKey, Model, QuerySet, TextField
from django.forms import CharField, ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone

from lianxin.rules.characters import clean, clean_line

from .. import administration
from ..models import (
    Area,
    AreaCircle,
    Category,
    Centre,
    Channel,
    Charge,
    Holiday,
    PolicyVersion,
    Post,
    Roster,
    Shift,
    Staff,
    TeamArea,
    Unit,
)
from ..signals import administered

# By which field a row of each table is known to be a centre's.
CENTRE_FIELD: dict[type[Model], str] = {
    Centre: "pk",
    **dict.fromkeys((Unit, Area, Category, Staff, Post, Charge, Channel, Holiday, PolicyVersion), "centre_id"),
    **dict.fromkeys((Roster, Shift, AreaCircle, TeamArea), "centre_id"),
}


def own_centre(request: HttpRequest) -> Centre | None:
    """The centre that the signed-in person administers now; found once a request."""
    if not hasattr(request, "_own_centre"):
        user = request.user
        centre = administration.centre_of(user, timezone.now()) if isinstance(user, Staff) else None
        request._own_centre = centre  # type: ignore[attr-defined]
    return request._own_centre  # type: ignore[attr-defined,no-any-return]


def is_superuser(request: HttpRequest) -> bool:
    """Whether the signed-in person is the installation's superuser, who sees all centres."""
    return bool(request.user.is_active and request.user.is_superuser)


def within(request: HttpRequest, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """The rows that the signed-in person may see; `field` leads from a row to its centre's id."""
    if is_superuser(request):
        return rows
    centre = own_centre(request)
    return rows.filter(**{field: centre.pk}) if centre else rows.none()


if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Any]
else:
    # Generic in the stubs alone.
    _ModelAdmin = ModelAdmin


class ScopedAdmin(_ModelAdmin):
    """A table of a centre. `centre_field` leads from a row to the centre's id."""

    centre_field = "centre_id"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return within(request, super().get_queryset(request), self.centre_field)

    def _may(self, request: HttpRequest, obj: Any = None) -> bool:
        if is_superuser(request):
            return True
        centre = own_centre(request)
        return centre is not None and (obj is None or self._centre_of(obj) == centre.pk)

    def _centre_of(self, obj: Any) -> Any:
        for name in self.centre_field.split("__"):
            obj = getattr(obj, name)
        return obj

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest | None, **kwargs: Any) -> Any:
        """What documents cannot carry is taken out of every text that is typed or pasted."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[arg-type]
        if isinstance(field, CharField):
            read, tidy = field.to_python, clean if isinstance(db_field, TextField) else clean_line
            field.to_python = lambda value: read(tidy(value) if isinstance(value, str) else value)  # type: ignore[method-assign]
        return field

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any]:
        target = db_field.remote_field.model
        # A table that is not known here offers nothing, rather than everything.
        rows = kwargs.get("queryset", target._default_manager.all())
        known = target in CENTRE_FIELD
        kwargs["queryset"] = within(request, rows, CENTRE_FIELD[target]) if known else rows.none()
        if target is Centre and not is_superuser(request):
            # One choice, and it must be taken: nobody moves a row, or himself, out of his centre.
            kwargs |= {"empty_label": None, "required": True, "initial": own_centre(request)}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[return-value]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        found = list(super().get_list_filter(request))
        return ["centre", *found] if is_superuser(request) and self.centre_field == "centre_id" else found

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        found = list(super().get_list_display(request))
        return [*found, "centre"] if is_superuser(request) and self.centre_field == "centre_id" else found

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._tell(request, "add", [obj], message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._tell(request, "change", [obj], message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        self._tell(request, "delete", list(queryset), "")
        return super().log_deletions(request, queryset)

    def _tell(self, request: HttpRequest, action: str, objects: Iterable[Any], message: Any) -> None:
        objects = list(objects)
        centre = self._centre_of(objects[0]) if objects else None
        administered.send(
            self.model, actor=request.user, action=action, objects=objects, centre=centre, message=message
        )


class OwnChoices(admin.RelatedOnlyFieldListFilter):
    """A filter that offers only what the visible rows point to; Django's plain one would list every centre's."""
