"""Rosters with their shifts: drawn up, put in force, ended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from .. import rosters
from ..models import Roster, Shift
from ..sheets import Shifts
from .rotation import RotationAdmin, tell_holes
from .scope import OwnChoices
from .sheets import SheetAdmin


class ShiftForm(forms.ModelForm[Shift]):
    """A shift as the administrator enters it."""

    def clean(self) -> dict[str, Any] | None:
        """Of a roster in force only what is to come."""
        found = super().clean()
        shift = self.instance
        if (roster := self.cleaned_data.get("roster")) and self.cleaned_data.get("start"):
            shift.roster, shift.start = roster, self.cleaned_data["start"]
            rosters.require_to_come(shift, timezone.now())
        return found


@admin.register(Roster)
class RosterAdmin(RotationAdmin):
    """Rosters: one comes into force only when there is no time without anybody on duty (C24)."""

    list_display = ("post", "kind", "start", "until", "state")
    list_filter = ("state", "kind", ("post", OwnChoices))
    list_select_related = ("post__unit", "centre")
    search_fields = ("post__name", "post__unit__name")
    autocomplete_fields = ("post",)
    readonly_fields = ("state",)
    actions = ("enact", "end")

    @admin.action(description="生效（没有空档的）", permissions=["change"])
    def enact(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Put the chosen drafts in force; says of each other why not."""
        for roster in queryset:
            try:
                rosters.enact(roster)
            except ValidationError as error:
                self.message_user(request, f"{roster}：{''.join(error.messages)}", messages.ERROR)
            else:
                self.log_change(request, roster, "生效")
                self.message_user(request, f"{roster}已生效。")

    @admin.action(description="自现在起停用", permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """From now on nobody is on duty by them."""
        for roster in queryset:
            rosters.end(roster, timezone.now())
            self.log_change(request, roster, "自现在起停用")
            self.message_user(request, f"{roster}已停用。")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of one in force nothing is changed but its shifts."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state == Roster.State.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.state == Roster.State.DRAFT)


@admin.register(Shift)
class ShiftAdmin(SheetAdmin):
    """Who has which shift; a hole that comes about is told to the duty lead.

    Of a roster in force shifts are added and withdrawn, never changed: who was on duty when stays what it was.
    """

    list_display = ("roster", "team", "staff", "start", "until", "withdrawn")
    list_filter = (("roster", OwnChoices), "withdrawn")
    list_select_related = ("roster__post__unit", "staff", "centre")
    search_fields = ("staff__name", "team")
    autocomplete_fields = ("roster", "staff")
    actions = ("withdraw",)
    form = ShiftForm
    sheet = Shifts

    @admin.action(description="自现在起撤下", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """From now on those people do not have the shifts; says where nobody is on duty by that."""
        torn: dict[int, Roster] = {}
        for shift in queryset.select_related("roster__post__unit", "staff"):
            try:
                rosters.withdraw(shift, timezone.now())
            except ValidationError as error:
                self.message_user(request, f"{shift}：{''.join(error.messages)}", messages.ERROR)
            else:
                self.log_change(request, shift, "自现在起撤下")
                self.message_user(request, f"{shift}的班次已撤下。")
                torn[shift.roster_id] = shift.roster
        in_force = [roster for roster in torn.values() if roster.state == Roster.State.IN_FORCE]
        tell_holes(request, in_force, timezone.now())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of a draft alone."""
        return super().has_change_permission(request, obj) and (obj is None or obj.roster.state == Roster.State.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.roster.state == Roster.State.DRAFT)
