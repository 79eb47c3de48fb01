"""The form of a channel, in the administration and on a person's own page: what is sealed is typed, never shown."""

from __future__ import annotations

from typing import Any

from django import forms

from . import addresses
from .models import Channel

_NO_FILL = {"autocomplete": "off", "spellcheck": "false"}


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """Address and secret are written once; left empty later, they stay as they are."""

    reaches = forms.CharField(
        label="地址",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs=_NO_FILL),
        help_text="邮箱地址，或群机器人的 Webhook 地址。加密保存，不再显示；不改则留空。",
    )
    signs = forms.CharField(
        label="加签密钥",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=_NO_FILL),
        help_text="钉钉、飞书机器人的安全设置选“加签”的填写。加密保存，不再显示；不改则留空。",
    )
    unsign = forms.BooleanField(label="去掉原来的密钥", required=False)

    field_order = ("kind", "name", "reaches", "signs", "unsign")

    class Meta:
        model = Channel
        fields = ("kind", "name", "digest_at", "quiet_from", "quiet_to", "workdays_only", "active")
        widgets = {name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in ("quiet_from", "quiet_to")}

    def clean(self) -> dict[str, Any]:
        """The address is one of its kind; a secret belongs to a robot that signs."""
        found = super().clean() or {}
        kind, address = found.get("kind", ""), found.get("reaches", "")
        known = bool(self.instance.address)
        if not address and (not known or (kind and "kind" in self.changed_data)):
            self.add_error("reaches", "请填写地址。" if not known else "换了种类，请填写新的地址。")
        elif address and kind:
            try:
                addresses.check(kind, address)
            except forms.ValidationError as error:
                self.add_error("reaches", error)
        if found.get("signs") and kind not in ("dingtalk", "feishu"):
            self.add_error("signs", "只有钉钉、飞书机器人有加签密钥。")
        return found

    def save(self, commit: bool = True) -> Any:
        """Save it with what was typed sealed; a new address or kind begins without the old secret."""
        address, secret = self.cleaned_data["reaches"] or None, self.cleaned_data["signs"] or None
        drop = self.cleaned_data["unsign"] or (address is not None and secret is None)
        self.instance.seal(address, "" if drop and secret is None else secret)
        return super().save(commit)
