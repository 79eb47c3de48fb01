"""By which channels units and people are told."""

from __future__ import annotations

from django.contrib import admin

from ..channel_form import ChannelForm
from ..models import Channel
from .scope import OwnChoices, ScopedAdmin


@admin.register(Channel)
class ChannelAdmin(ScopedAdmin):
    """Groups and mailboxes of a centre's units and people; what was typed of an address is not shown again."""

    form = ChannelForm
    fields = (
        *("centre", "unit", "staff", "kind", "name", "hint", "reaches", "signs", "unsign"),
        *("digest_at", "quiet_from", "quiet_to", "workdays_only", "active"),
    )
    readonly_fields = ("hint",)
    list_display = ("name", "owner", "kind", "hint", "digest_at", "hours", "active")
    list_filter = ("kind", "active", ("unit", OwnChoices))
    list_select_related = ("unit", "staff", "centre")
    search_fields = ("name", "unit__name", "staff__name")
    autocomplete_fields = ("unit", "staff")

    @admin.display(description="单位、人员")
    def owner(self, channel: Channel) -> str:
        return str(channel.owner)

    @admin.display(description="免打扰")
    def hours(self, channel: Channel) -> str:
        span = f"{channel.quiet_from:%H:%M} 至 {channel.quiet_to:%H:%M}" if channel.quiet_from else ""
        return "、".join(part for part in (span, "休息日" if channel.workdays_only else "") if part)
