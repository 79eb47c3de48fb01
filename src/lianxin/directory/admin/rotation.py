"""按轮班生成: the shifts of a draft roster drawn up from its teams, who take turns (`rosters.rotate`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from .. import rosters
from ..models import Roster, Staff
from .scope import ScopedAdmin

#: So many holes are told at once.
MOST_TOLD = 5
#: A pattern that makes more is a mistyped one.
MOST_SHIFTS = 20_000


class RotationForm(forms.Form):
    """The teams, one a line with its people, and how long each is on duty."""

    teams = forms.CharField(
        label="班组",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 60}),
        help_text="每行一个班组，按轮换的次序：班组名称，冒号，人员的姓名或用户名。如“甲班：张三、李四”。",
    )
    hours = forms.DecimalField(
        label="每班时长（小时）", min_value=1, max_value=168, decimal_places=1, max_digits=4, initial=8
    )

    def __init__(self, data: Any, roster: Roster) -> None:
        super().__init__(data)
        self.roster = roster

    def clean_teams(self) -> list[tuple[str, list[int]]]:
        """(name, ids of its people) of each team."""
        staff = list(self.roster.centre.staff.filter(is_active=True).only("id", "username", "name"))
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["teams"].splitlines())):
            name, colon, names = line.replace("：", ":").partition(":")
            said = [one for one in names.replace("，", "、").replace(",", "、").split("、") if one.strip()]
            if not colon or not name.strip() or not said:
                raise ValidationError(f"“{line}”没有写明班组和人员，请写成“甲班：张三、李四”。")
            if len(name.strip()) > 20:
                raise ValidationError(f"“{name.strip()}”太长，班组名称最多 20 个字。")
            people = [_person(staff, one.strip()) for one in said]
            if len(set(people)) < len(people):
                raise ValidationError(f"“{name.strip()}”里有人写了两次，请每人只写一次。")
            found.append((name.strip(), people))
        return found

    def clean(self) -> dict[str, Any]:
        """Not more shifts than anybody would want."""
        said = self.cleaned_data
        if "teams" in said and "hours" in said:
            turns = (self.roster.until - self.roster.start) / timedelta(hours=float(said["hours"]))
            if turns * max(map(len, (people for _, people in said["teams"])), default=0) > MOST_SHIFTS:
                raise ValidationError(f"这样会生成 {MOST_SHIFTS} 个以上的班次，请缩短班表，或加长每班时长。")
        return said


def _person(staff: list[Staff], text: str) -> int:
    alike = [person for person in staff if text in (person.username, person.name)]
    if not alike:
        raise ValidationError(f"没有在用的人员“{text}”。")
    if len(alike) > 1:
        raise ValidationError(f"有 {len(alike)} 位“{text}”，请写用户名：{'、'.join(one.username for one in alike)}。")
    return alike[0].pk


class RotationAdmin(ScopedAdmin):
    """A list of rosters, each draft with “按轮班生成”."""

    change_form_template = "directory/roster_change_form.html"

    def get_urls(self) -> list[URLPattern]:
        turns = self.admin_site.admin_view(self.rotate_view)
        return [path("<path:object_id>/rotate/", turns, name="directory_roster_rotate"), *super().get_urls()]

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET: the form. POST: draw the shifts up, and say where nobody is on duty."""
        roster = self.get_object(request, object_id)
        if roster is None or not self.has_change_permission(request, roster):
            raise PermissionDenied
        form = RotationForm(request.POST if request.method == "POST" else None, roster)
        if form.is_valid() and self._drawn_up(request, roster, form):
            return HttpResponseRedirect(self._page_of(roster))
        context: dict[str, Any] = {**self.admin_site.each_context(request), "opts": self.opts, "form": form}
        context |= {"title": "按轮班生成班次", "roster": roster, "back": self._page_of(roster)}
        return TemplateResponse(request, "directory/roster_rotate.html", context)

    def _page_of(self, roster: Roster) -> str:
        return reverse(f"{self.admin_site.name}:directory_roster_change", args=[roster.pk])

    def _drawn_up(self, request: HttpRequest, roster: Roster, form: RotationForm) -> bool:
        said = form.cleaned_data
        try:
            with transaction.atomic():
                made = rosters.rotate(roster, said["teams"], timedelta(hours=float(said["hours"])))
                self.log_change(request, roster, f"按轮班生成 {made} 个班次")
        except ValidationError as error:
            form.add_error(None, error)
            return False
        self.message_user(request, f"已生成 {made} 个班次，请核对后生效。")
        tell_holes(request, [roster], roster.start)
        return True


def tell_holes(request: HttpRequest, found: Collection[Roster], since: datetime) -> None:
    """Say when nobody is on duty by these rosters, from then on."""
    of = {roster.pk: roster for roster in found}
    for hole in rosters.holes(list(of), since)[:MOST_TOLD]:
        messages.warning(request, f"{of[hole.roster]}：{hole.in_words} 没有人值班，请补排。")
