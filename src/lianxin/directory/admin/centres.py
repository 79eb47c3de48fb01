"""Centres and their working days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .. import administration
from ..models import Centre, Holiday
from .scope import ScopedAdmin, is_superuser, own_centre


@admin.register(Centre)
class CentreAdmin(ScopedAdmin):
    """A centre's administrator changes his own centre; only the superuser makes or removes one."""

    centre_field = "pk"
    list_display = ("name", "code", "body", "upstream")
    search_fields = ("name", "code")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The code stands in addresses and file names.
        return () if is_superuser(request) else ("code",)


@admin.register(Holiday)
class HolidayAdmin(ScopedAdmin):
    """Days that differ from the national calendar."""

    list_display = ("day", "is_workday", "name")
    list_filter = ("is_workday",)
    search_fields = ("name",)
    date_hierarchy = "day"
    change_list_template = "directory/holiday_change_list.html"

    def _tell(self, request: HttpRequest, action: str, objects: Iterable[Any], message: Any) -> None:
        super()._tell(request, action, objects, message)
        messages.info(request, "正在计时的时限不会自己改变：请到本页右上的“重算时限”查看受影响的工单，确认调整。")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        centre = own_centre(request)
        for notice in administration.provisional_years(centre, timezone.now()) if centre else ():
            messages.warning(request, notice)
        return super().changelist_view(request, extra_context)
