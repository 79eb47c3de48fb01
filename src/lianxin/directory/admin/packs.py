"""The rule books of a centre: listed, shown whole, compared, and adopted, with what that touches said beforehand."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from lianxin.rules import policy
from lianxin.rules.policy_explain import explain
from lianxin.rules.policy_sections import of_difference
from lianxin.rules.serving import served

from .. import adopted, adoption, snapshot
from ..adoption_words import of_plan
from ..models import Centre, PolicyVersion
from .scope import ScopedAdmin, within

#: No rule book of any document comes near; the confirmed text travels back in a form field.
BIGGEST = 512 * 1024


class AdoptForm(forms.Form):
    """Which text, for which centre, from which day."""

    centre = forms.ModelChoiceField(Centre.objects.none(), label="中心", empty_label=None)
    pack = forms.ChoiceField(label="规则包", required=False)
    file = forms.FileField(
        label="或上传文件", required=False, help_text="TOML 格式的规则包；它所沿用的规则包取自 policies 目录。"
    )
    day = forms.DateField(
        label="生效日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="从这一天零点起登记的工单按它办理。从周一开始，一周的指标才按同一规则包统计。",
    )

    def __init__(self, *args: Any, centres: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["centre"].queryset = centres  # type: ignore[attr-defined]
        names = {line.pack for centre in centres for line in snapshot.of(centre.pk).policies}
        self.fields["pack"].choices = [  # type: ignore[attr-defined]
            ("", "—— 请选择，或上传文件 ——"),
            ("policies 目录", [(name, name) for name in policy.packs()]),
            ("采用过的", [(name, name) for name in sorted(names)]),
        ]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > BIGGEST:
            raise ValidationError("文件超过 512 KB，不像是规则包，请核对。")
        return file

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or self.cleaned_data
        if not self.errors and bool(asked.get("pack")) == bool(asked.get("file")):
            raise ValidationError("请选择一个规则包，或者上传一个文件，两者取其一。")
        return asked

    def draft(self) -> policy.Pack:
        """What was chosen.  Raises PolicyError."""
        if file := self.cleaned_data["file"]:
            try:
                return policy.from_draft(file.read().decode("utf-8-sig"))
            except UnicodeDecodeError:
                raise policy.PolicyError([policy.Problem(file.name, "文件", "", "UTF-8 编码的文本")]) from None
        name = self.cleaned_data["pack"]
        return adopted.find(name) if "@" in name else policy.draft(name)


class CompareForm(forms.Form):
    """Two of the centre's versions."""

    a = forms.ModelChoiceField(PolicyVersion.objects.none(), label="原", empty_label="——")
    b = forms.ModelChoiceField(PolicyVersion.objects.none(), label="新", empty_label="——")

    def __init__(self, *args: Any, versions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.queryset = versions  # type: ignore[attr-defined]


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ScopedAdmin):
    """Which pack is in force from which day.  Adopted packs are never changed; one still to come can be withdrawn."""

    list_display = ("pack_name", "title", "effective_from", "state", "short_digest", "who", "running")
    list_display_links = ("pack_name",)
    fields = ("pack_name", "title", "effective_from", "state", "short_digest", "who", "adopted_at", "running", "centre")
    list_select_related = ("adopted_by", "centre")
    actions = None
    change_list_template = "directory/pack_change_list.html"
    change_form_template = "directory/pack_change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # it is adopted, on a page of its own

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        to_come = obj is None or obj.effective_from > timezone.localdate()
        return to_come and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: PolicyVersion) -> None:
        adoption.withdraw(obj, timezone.now(), request.user)  # type: ignore[arg-type]

    def _tell(self, request: HttpRequest, action: str, objects: Iterable[Any], message: Any) -> None:
        """`adoption` has told the journal itself, more exactly."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("adopt/", self.admin_site.admin_view(self.adopt_view), name=f"{name}_adopt"),
            path("compare/", self.admin_site.admin_view(self.compare_view), name=f"{name}_compare"),
            *super().get_urls(),
        ]

    # --- columns ------------------------------------------------------------------------------------------------------
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The directory is asked, and running orders are counted, once a centre and not once a row."""
        known = Known()
        shown: dict[str, Any] = {
            "title": _column("名称", known.title),
            "state": _column("状态", known.state),
            "short_digest": _column("摘要", lambda version: known.digest(version)[:12]),
            "running": _column("在办工单", known.running),
        }
        return [shown.get(column, column) for column in super().get_list_display(request)]

    @admin.display(description="规则包", ordering="pack_id")
    def pack_name(self, version: PolicyVersion) -> str:
        return version.pack

    @admin.display(description="名称")
    def title(self, version: PolicyVersion) -> str:
        return Known().title(version)

    @admin.display(description="状态")
    def state(self, version: PolicyVersion) -> str:
        return Known().state(version)

    @admin.display(description="摘要（SHA-256）")
    def short_digest(self, version: PolicyVersion) -> str:
        return Known().digest(version)

    @admin.display(description="采用人")
    def who(self, version: PolicyVersion) -> str:
        return version.adopted_by.name if version.adopted_by else "建立中心时，或命令行"

    @admin.display(description="在办工单")
    def running(self, version: PolicyVersion) -> int:
        return Known().running(version)

    # --- pages --------------------------------------------------------------------------------------------------------
    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        version = kwargs.get("obj")
        found = Known().pack(version) if version else None
        context["words"] = "\n".join(explain(found, served())) if found else ""
        return super().render_change_form(request, context, *args, **kwargs)

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Two of the versions that the person may see."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = CompareForm(request.GET or None, versions=self.get_queryset(request))
        sections: list[Any] = []
        if form.is_valid():
            old, new = (Known().pack(form.cleaned_data[side]) for side in ("a", "b"))
            if old and new:
                sections = of_difference(old, new)
            else:
                messages.error(request, "其中一个的存档不能读取。请技术人员运行 lianxin verify 查明。")
        return self._page(request, "directory/pack_compare.html", "比较规则包", form=form, sections=sections)

    def adopt_view(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST of the form: what it would do. POST of what was confirmed: do it."""
        if not self._may(request):
            raise PermissionDenied
        centres = within(request, Centre.objects.all(), "pk")
        if "mark" in request.POST and "again" not in request.POST:
            return self._confirmed(request, centres)
        if "again" in request.POST:
            return self._again(request, centres)
        asked = request.method == "POST"
        form = AdoptForm(request.POST if asked else None, request.FILES if asked else None, centres=centres)
        context: dict[str, Any] = {"form": form}
        if form.is_valid():
            try:
                plan = adoption.plan(
                    form.cleaned_data["centre"], form.draft(), form.cleaned_data["day"], timezone.now()
                )
                context |= {"plan": plan, "sections": of_plan(plan), "confirmed": _confirmable(plan)}
            except policy.PolicyError as error:
                context["problems"] = error.problems
        return self._page(request, "directory/pack_adopt.html", "采用规则包", **context)

    def _again(self, request: HttpRequest, centres: Any) -> HttpResponse:
        """The same text looked at for another day."""
        try:
            plan = _plan_of({**request.POST.dict(), "day": request.POST["again"]}, centres)
        except ValidationError as error:
            messages.error(request, "".join(error.messages))
            return HttpResponseRedirect(request.path)
        context = {"form": AdoptForm(centres=centres), "plan": plan, "sections": of_plan(plan)}
        return self._page(request, "directory/pack_adopt.html", "采用规则包", **context, confirmed=_confirmable(plan))

    def _confirmed(self, request: HttpRequest, centres: Any) -> HttpResponse:
        try:
            plan = _plan_of(request.POST, centres)
            if plan.mark != request.POST["mark"]:
                raise ValidationError("在您查看之后规则版本有了变化，请重新查看再确认。")
            version = adoption.adopt(plan, timezone.now(), request.user)  # type: ignore[arg-type]
        except ValidationError as error:
            messages.error(request, f"没有采用。{''.join(error.messages)}")
            return HttpResponseRedirect(request.path)
        messages.success(request, f"已采用 {version.pack}，自 {version.effective_from:%Y-%m-%d} 起施行。")
        return HttpResponseRedirect(self._list_url())

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return TemplateResponse(request, template, whole | {"list_url": self._list_url()})

    def _list_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")


class Known:
    """What one page knows of the versions that it shows."""

    def __init__(self) -> None:
        self._directories: dict[int, snapshot.Snapshot] = {}
        self._running: dict[int, Mapping[str, int]] = {}

    def _directory(self, version: PolicyVersion) -> snapshot.Snapshot:
        if version.centre_id not in self._directories:
            self._directories[version.centre_id] = snapshot.of(version.centre_id)
        return self._directories[version.centre_id]

    def pack(self, version: PolicyVersion) -> policy.Pack | None:
        """The adopted pack; None where what is kept of it is damaged."""
        try:
            return self._directory(version).find_pack(version.pack)
        except policy.PolicyError:
            return None

    def title(self, version: PolicyVersion) -> str:
        found = self.pack(version)
        return found.title if found else "（存档不能读取）"

    def state(self, version: PolicyVersion) -> str:
        return adoption.state_of(version, self._directory(version).policies, timezone.localdate())

    def digest(self, version: PolicyVersion) -> str:
        return self._directory(version).packs.get(version.pack, "")

    def running(self, version: PolicyVersion) -> int:
        if version.centre_id not in self._running:
            self._running[version.centre_id] = adoption.BOOK[0].running(version.centre)
        return self._running[version.centre_id].get(version.pack, 0)


def _column(description: str, show: Callable[[PolicyVersion], Any]) -> Any:
    @admin.display(description=description)
    def column(version: PolicyVersion) -> Any:
        return show(version)

    return column


def _confirmable(plan: adoption.Plan) -> dict[str, Any]:
    """What travels back when it is confirmed: the very texts that were looked at."""
    texts = base64.b64encode(json.dumps(plan.pack.texts).encode()).decode()
    return {
        "centre": plan.centre.pk,
        "name": plan.pack.id,
        "texts": texts,
        "day": plan.day.isoformat(),
        "mark": plan.mark,
    }


def _plan_of(sent: Mapping[str, str], centres: Any) -> adoption.Plan:
    """Looked at anew.  ValidationError where what came back is not whole."""
    broken = ValidationError("确认的内容不完整，请重新选择规则包。")
    try:
        centre = centres.filter(pk=int(sent.get("centre", ""))).first()
        texts = json.loads(base64.b64decode(sent.get("texts", ""), validate=True))
        day = forms.DateField().clean(sent.get("day", ""))
        if centre is None or not isinstance(texts, dict) or not all(isinstance(t, str) for t in texts.values()):
            raise broken
        return adoption.plan(centre, policy.from_texts(sent.get("name", ""), texts), day, timezone.now())
    except (ValueError, RecursionError, OverflowError, policy.PolicyError) as error:
        raise broken from error
