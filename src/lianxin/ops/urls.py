"""Where every address begins."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from lianxin.desk import imports
from lianxin.desk.views import signing
from lianxin.exchange import counter

from . import demo_page

admin.site.site_header = "连心 · 基础资料管理"
admin.site.site_title = "连心"
admin.site.index_title = "单位、人员、类别、节假日"

urlpatterns: list[URLPattern | URLResolver] = [
    # The administration's door is the desk's: one sentence for whoever must wait, one journal of who came and went.
    # Who is signed in and no administrator is asked again, not sent back and forth.
    path("admin/login/", signing.SignIn.as_view(redirect_authenticated_user=False)),
    path("admin/logout/", signing.sign_out),
    path("admin/", admin.site.urls),
    # Desk and exchange stand on one floor and do not know each other: they are brought together here.
    path("imports/", include(imports.urls(counter))),
    path("demo/", demo_page.page, name="demo"),
    path("", include("lianxin.desk.urls")),
]

handler400 = "lianxin.desk.errors.bad_request"
handler403 = "lianxin.desk.errors.forbidden"
handler404 = "lianxin.desk.errors.not_found"
handler500 = "lianxin.desk.errors.failed"
