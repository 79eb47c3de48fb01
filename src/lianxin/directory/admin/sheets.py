"""Import and export pages of an admin list: upload, look at what would change, confirm."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from ..models import Centre
from ..sheets import Outcome, Sheet, WorkbookError
from ..signals import administered
from .scope import ScopedAdmin, within

# The confirmed file travels back in a form field: its size must stay below what Django takes in a form.
BIGGEST = 2 * 1024 * 1024


class UploadForm(forms.Form):
    """The file and the centre that it is for."""

    centre = forms.ModelChoiceField(Centre.objects.none(), label="中心", empty_label=None)
    file = forms.FileField(label="Excel 文件（.xlsx）")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > BIGGEST:
            raise forms.ValidationError("文件超过 2 MB，请分成几份导入。")
        return file


class SheetAdmin(ScopedAdmin):
    """An admin list with “导入” and “导出”."""

    sheet: type[Sheet]
    change_list_template = "directory/sheet_change_list.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("import/", self.admin_site.admin_view(self.import_view), name=f"{name}_import"),
            path("export/", self.admin_site.admin_view(self.export_view), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def _centres(self, request: HttpRequest) -> Any:
        return within(request, Centre.objects.all(), "pk")

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST with a file: what it would do. POST with the confirmed content: do it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        upload = request.method == "POST" and "content" not in request.POST
        form = UploadForm(request.POST if upload else None, request.FILES if upload else None)
        form.fields["centre"].queryset = self._centres(request)  # type: ignore[attr-defined]
        context: dict[str, Any] = {"form": form}
        if request.method == "POST" and not upload:
            done = self._confirmed(request)
            if isinstance(done, HttpResponse):
                return done
            context |= done
        elif form.is_valid():
            content = form.cleaned_data["file"].read()
            try:
                outcome = self.sheet(form.cleaned_data["centre"]).check(io.BytesIO(content))
                encoded = base64.b64encode(content).decode()
                context |= {"outcome": outcome, "content": encoded, "centre": form.cleaned_data["centre"]}
            except WorkbookError as error:
                form.add_error("file", str(error))
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": f"导入{self.sheet.title}"}
        context["list_url"] = self._list_url()
        return TemplateResponse(request, "directory/sheet_import.html", context)

    def _confirmed(self, request: HttpRequest) -> HttpResponse | dict[str, Any]:
        centre = _chosen(self._centres(request), request.POST.get("centre", ""))
        if centre is None:
            raise PermissionDenied
        try:
            content = base64.b64decode(request.POST["content"], validate=True)
            with transaction.atomic():
                sheet = self.sheet(centre)
                outcome = sheet.load(io.BytesIO(content))
                if outcome.applied:
                    self._tell_import(request, centre, outcome)
        except (binascii.Error, WorkbookError, ValueError):
            messages.error(request, "上传的内容不完整，请重新选择文件。")
            return HttpResponseRedirect(request.path)
        if outcome.errors:
            return {"outcome": outcome}
        messages.success(request, str(outcome))
        passwords = sheet.first_passwords()
        if passwords:
            self._tell_taken(request, centre, "下载初始密码")
            # Given back once, as the answer itself: they are kept nowhere.
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            disposition = f"attachment; filename*=UTF-8''{quote('初始密码.xlsx')}"
            return HttpResponse(
                passwords, content_type=kind, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"}
            )
        return HttpResponseRedirect(self._list_url())

    def _tell_import(self, request: HttpRequest, centre: Centre, outcome: Outcome) -> None:
        administered.send(
            self.model, actor=request.user, action="import", objects=[], centre=centre.pk, message=str(outcome)
        )

    def _tell_taken(self, request: HttpRequest, centre: Centre, what: str) -> None:
        administered.send(self.model, actor=request.user, action="exported", objects=[], centre=centre.pk, message=what)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The sheet of the centre named in the query, or of the only one that the person may see."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        centres = self._centres(request)
        chosen = request.GET.get("centre", "")
        centre = _chosen(centres, chosen) if chosen else (centres.first() if centres.count() == 1 else None)
        if centre is None and chosen:
            raise PermissionDenied
        if centre is None:
            links = [(one.name, f"?centre={one.pk}") for one in centres]
            context = {**self.admin_site.each_context(request), "title": f"导出{self.sheet.title}", "links": links}
            return TemplateResponse(request, "directory/sheet_export.html", context)
        self._tell_taken(request, centre, f"导出{self.sheet.title}")
        name = f"{self.sheet.title}-{centre.code}-{timezone.localdate():%Y%m%d}.xlsx"
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        return HttpResponse(
            self.sheet(centre).export(), content_type=kind, headers={"Content-Disposition": disposition}
        )

    def _list_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _chosen(centres: Any, text: str) -> Centre | None:
    return centres.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
