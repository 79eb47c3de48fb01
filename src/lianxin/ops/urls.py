"""Where every address begins."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

admin.site.site_header = "连心 · 基础资料管理"
admin.site.site_title = "连心"
admin.site.index_title = "单位、人员、类别、节假日"

urlpatterns: list[URLPattern | URLResolver] = [path("admin/", admin.site.urls)]
if find_spec("lianxin.desk") and find_spec("lianxin.desk.urls"):
    urlpatterns.append(path("", include("lianxin.desk.urls")))
