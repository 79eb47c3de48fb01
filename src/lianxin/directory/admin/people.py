"""Staff, posts, the division of work between them, and absences."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from ..models import Absence, Charge, Post, Staff
from ..sheets import Charges, People, Posts
from .scope import OwnChoices, ScopedAdmin, is_superuser
from .sheets import SheetAdmin


class StaffAddForm(AdminUserCreationForm):
    """A new person, with or without a password."""

    class Meta(AdminUserCreationForm.Meta):
        model = Staff
        fields = ("username", "name", "centre", "unit")

    def save(self, commit: bool = True) -> Any:
        """A password that another person set is changed by its owner at his first sign-in."""
        self.instance.must_change_password = True
        return super().save(commit)


class StaffChangeForm(UserChangeForm):
    """A person; the password has a page of its own."""

    class Meta(UserChangeForm.Meta):
        model = Staff
        fields = "__all__"


class StaffPasswordForm(AdminPasswordChangeForm):
    """A new password for a person, who must then change it; who shall not sign in any more is made inactive instead."""

    def save(self, commit: bool = True) -> Any:
        """The password, and that its owner must make his own of it."""
        self.user.must_change_password = True
        return super().save(commit)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)


@admin.register(Staff)
class StaffAdmin(SheetAdmin, UserAdmin):
    """People of a centre. A superuser of the installation may be seen by his centre's administrator, not touched."""

    sheet = People
    change_list_template = "directory/leaving_change_list.html"
    form = StaffChangeForm
    add_form = StaffAddForm
    add_form_template = None
    change_password_form = StaffPasswordForm
    list_display = ("username", "name", "unit", "title", "phone", "full_time", "is_active")
    list_filter = ("is_active", "full_time", "is_staff", ("unit", OwnChoices))
    list_select_related = ("unit", "centre")
    search_fields = ("username", "name", "phone")
    ordering = ("sort_key", "username")
    autocomplete_fields = ("unit",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            first = ("username", "name", "centre", "unit", "usable_password", "password1", "password2")
            return [(None, {"classes": ("wide",), "fields": first})]
        rights = ["is_active", "is_staff", "must_change_password"]
        if is_superuser(request):
            rights.append("is_superuser")
        return [
            (None, {"fields": ("username", "password")}),
            ("人员", {"fields": ("name", "centre", "unit", "title", "phone", "joined_on", "full_time")}),
            ("权限", {"fields": rights, "description": "能做什么由岗位决定；进入本后台还须勾选“职员状态”。"}),
            ("记录", {"fields": ("last_login", "date_joined")}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._touchable(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._touchable(request, obj)

    def _touchable(self, request: HttpRequest, obj: Any) -> bool:
        # Otherwise an administrator could set a superuser's password and become one.
        return obj is None or is_superuser(request) or not obj.is_superuser


@admin.register(Post)
class PostAdmin(SheetAdmin):
    """Posts with their A and B holders."""

    sheet = Posts
    list_display = ("unit", "role", "name", "holder_a", "holder_b")
    list_display_links = ("unit", "name")
    list_filter = ("role", ("unit", OwnChoices))
    list_select_related = ("unit", "holder_a", "holder_b", "centre")
    search_fields = ("name", "unit__name", "holder_a__name", "holder_b__name")
    autocomplete_fields = ("unit", "holder_a", "holder_b")


@admin.register(Charge)
class ChargeAdmin(SheetAdmin):
    """Who of a unit's leaders is in charge of which field, and who carries it out (D16)."""

    sheet = Charges
    list_display = ("unit", "category", "area", "deputy", "head")
    list_display_links = ("unit", "category")
    list_filter = (("unit", OwnChoices),)
    list_select_related = ("unit", "category", "area", "deputy__unit", "head__unit", "centre")
    search_fields = ("unit__name", "category__name", "area__name", "deputy__name", "head__name")
    autocomplete_fields = ("unit", "category", "area", "deputy", "head")


@admin.register(Absence)
class AbsenceAdmin(ScopedAdmin):
    """When people are away: in that time B acts for them."""

    centre_field = "staff__centre_id"
    list_display = ("staff", "start", "end", "reason")
    list_select_related = ("staff",)
    search_fields = ("staff__name", "staff__username", "reason")
    autocomplete_fields = ("staff",)
