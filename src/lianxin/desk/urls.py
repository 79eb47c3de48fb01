"""The addresses of the staff web site."""

from django.urls import path

from .views import act, bulletins, figures, files, handover, home, keeping, me, order, register, search, signing

app_name = "desk"

urlpatterns = [
    path("", home.home, name="home"),
    # Most is asked of these.
    path("orders/<str:number>/", order.order, name="order"),
    path("orders/<str:number>/slip/", order.slip, name="slip"),
    path("orders/<str:number>/preview/", order.preview, name="preview"),
    path("orders/<str:number>/files/<int:file>/", files.file, name="file"),
    path("orders/<str:number>/<str:action>/", act.act, name="act"),
    path("next/", home.take_next, name="take_next"),
    path("duty/", home.change_duty, name="duty"),
    path("give-back/", home.give_back, name="give_back"),
    path("drafts/", keeping.keep, name="keep_draft"),
    path("drafts/drop/", keeping.drop, name="drop_draft"),
    path("here/", keeping.here, name="here"),
    path("pick/<slug:kind>/", keeping.pick, name="pick"),
    path("login/", signing.SignIn.as_view(), name="login"),
    path("logout/", signing.sign_out, name="logout"),
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="password"),
    path("me/pulse/", me.pulse, name="pulse"),
    path("me/bell/", me.bell, name="bell"),
    path("me/notices/", me.read_notices, name="read_notices"),
    path("me/post/", me.choose_post, name="choose_post"),
    path("register/", register.register, name="register"),
    path("register/caller/", register.caller, name="register_caller"),
    path("figures/", figures.figures, name="figures"),
    path("bulletins/", bulletins.latest, name="bulletins"),
    path("bulletins/<str:week>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<str:week>/orders/", bulletins.orders_behind, name="behind"),
    path("bulletins/<str:week>/article/", bulletins.article, name="bulletin_article"),
    path("bulletins/<str:week>/publish/", bulletins.publish, name="bulletin_publish"),
    path("bulletins/<str:week>.docx", bulletins.download, {"ending": "docx"}, name="bulletin_docx"),
    path("bulletins/<str:week>.pdf", bulletins.download, {"ending": "pdf"}, name="bulletin_pdf"),
    path("handover/", handover.page, name="handover"),
    path("recount/", handover.recount, name="recount"),
    path("search/", search.search, name="search"),
]
