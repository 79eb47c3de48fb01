"""The administrator of one centre before every page of the admin: nothing of another centre shows or changes."""

import io
import itertools
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse

from lianxin.directory.models import Category, Centre, Staff, Unit

from .conftest import World

MARK = "乙地"


def patterns(urls: list[URLPattern | URLResolver], before: str = "/admin/") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the admin, with the text of its whole route."""
    for one in urls:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, route)
        else:
            yield route, one


def addresses(world: World) -> Iterator[str]:
    """Every address of the admin, with every object of `world` in its place."""
    models = {f"/admin/{m._meta.app_label}/{m._meta.model_name}/": m for m in admin.site._registry}
    objects: dict[type, list[Any]] = {}
    for one in world.objects():
        objects.setdefault(type(one), []).append(one)
    for route, pattern in patterns(admin.site.get_urls()):
        prefix = next((prefix for prefix in models if route.startswith(prefix)), "")
        own = objects.get(models[prefix], []) if prefix else []
        # A table with no object of the centre is asked for a made-up one.
        ids = [one.pk for one in own] or [1]
        match str(pattern.pattern):
            case "<path:object_id>/" if prefix:
                yield from (f"{prefix}{pk}/" for pk in ids)
            case text if "<path:object_id>/" in text and prefix:
                yield from (prefix + text.replace("<path:object_id>", str(pk)) for pk in ids)
            case "<id>/password/":
                yield from (f"{prefix}{pk}/password/" for pk in ids)
            case text if "<path:content_type_id>" in text or "<int:content_type_id>" in text:
                for model, rows in objects.items():
                    kind = ContentType.objects.get_for_model(model).pk
                    yield from (f"/admin/r/{kind}/{row.pk}/" for row in rows)
            case text if "app_label" in text:
                yield from (f"/admin/{label}/" for label in {model._meta.app_label for model in admin.site._registry})
            case text if "(?P<url>" in text:
                yield "/admin/nowhere"
            case text:
                assert "<" not in text, f"the walk does not know how to fill {text}"
                yield route


def shown(response: HttpResponse) -> str:
    """All the text that a response gives away, a workbook's too."""
    headers = " ".join(response.headers.values())
    if "spreadsheetml" in response.headers.get("Content-Type", ""):
        rows = openpyxl.load_workbook(io.BytesIO(response.content)).active.values
        return headers + " ".join(str(cell) for cell in itertools.chain(*rows))
    return headers + response.content.decode()


def foreign(address: str, there: World) -> bool:
    """Whether the address names an object, and so one of the other centre."""
    return any(part.isdigit() for part in address.split("/")) and "/r/" not in address


def test_no_address_of_the_admin_shows_another_centre(signed_in: Client, here: World, there: World):
    for world in (here, there):
        for one in world.objects():
            LogEntry.objects.log_actions(world.admin.pk, [one], 2, change_message=f"{world.centre.name}改过")
    seen = set()
    for address in addresses(there):
        response = signed_in.get(address)
        seen.add(address)
        assert response.status_code < 500, address
        assert MARK not in shown(response), address
        if foreign(address, there):
            assert response.status_code in (302, 403, 404), address
    assert len(seen) > 100, "the walk has found the addresses"


def test_the_same_addresses_do_show_his_own_centre(signed_in: Client, here: World):
    """The walk would be worthless if it met closed doors only."""
    opened = {address for address in addresses(here) if signed_in.get(address).status_code == 200}
    for one in here.objects():
        base = f"/admin/directory/{one._meta.model_name}/"
        assert {base, f"{base}{one.pk}/change/", f"{base}{one.pk}/history/"} <= opened


QUERIES = ["q=乙", "q=yi-", "o=1", "p=0", "all=", "_popup=1", "_to_field=id", "e=1", "is_facets=1", "_facets=True"]


def test_no_search_filter_or_popup_shows_another_centre(signed_in: Client, here: World, there: World):
    ids = {"centre": there.centre.pk, "unit": there.town.pk, "parent": there.root.pk, "staff": there.clerk.pk}
    lookups = [f"{field}__id__exact={pk}" for field, pk in ids.items()]
    lookups += ["unit__name__startswith=乙", "holder_a__name__startswith=乙", "centre__name__contains=乙"]
    for model in (type(one) for one in here.objects()):
        for query in QUERIES + lookups:
            response = signed_in.get(f"/admin/directory/{model._meta.model_name}/?{query}")
            assert response.status_code in (200, 302, 400), query
            assert MARK not in shown(response), (model, query)
    for prefix in ("?centre=", "?_popup=1&centre="):
        response = signed_in.get(f"/admin/directory/unit/export/{prefix}{there.centre.pk}")
        assert response.status_code == 403


def test_no_autocomplete_offers_another_centre(signed_in: Client, here: World, there: World):
    asked = 0
    for model, model_admin in admin.site._registry.items():
        for field in model_admin.autocomplete_fields:
            where = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
            for term in ("", "乙", "yi", "甲"):
                response = signed_in.get(reverse("admin:autocomplete"), where | {"term": term})
                assert response.status_code == 200
                assert "\\u4e59\\u5730" not in response.content.decode()
                assert MARK not in str(response.json())
                asked += 1
    assert asked >= 28


def test_no_form_offers_another_centre(here: World, there: World, rf: RequestFactory):
    request = rf.get("/")
    request.user = here.admin
    strangers = {(type(one), one.pk) for one in there.objects()}
    for one in here.objects():
        model_admin = admin.site._registry[type(one)]
        if not model_admin.has_change_permission(request, one):
            continue
        for change in (False, True):
            if not change and not model_admin.has_add_permission(request):
                continue
            form = model_admin.get_form(request, one if change else None, change=change)()
            for name, field in form.fields.items():
                if isinstance(field, ModelChoiceField):
                    offered = {(type(row), row.pk) for row in field.queryset}
                    assert not offered & strangers, (type(one), name)
            relations = {f.name for f in one._meta.get_fields() if isinstance(f, ForeignKey)}
            assert relations <= set(form.fields) | {"revision"}, "each relation was looked at"


def form_of(response: HttpResponse) -> dict[str, Any]:
    """What the browser would send back from an admin form."""
    form = response.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    for name, value in list(values.items()):
        if hasattr(value, "strftime"):
            values |= {f"{name}_0": f"{value:%Y-%m-%d}", f"{name}_1": f"{value:%H:%M:%S}", name: f"{value:%Y-%m-%d}"}
    return {name: value for name, value in values.items() if value not in (None, False)}


@pytest.mark.parametrize(
    ("mine", "field", "theirs"),
    [
        ("town", "centre", "centre"),
        ("town", "parent", "root"),
        ("leaf", "parent", "category"),
        ("leaf", "centre", "centre"),
        ("clerk", "unit", "town"),
        ("clerk", "centre", "centre"),
        ("post", "holder_a", "clerk"),
        ("post", "holder_b", "clerk"),
        ("post", "unit", "town"),
        ("absence", "staff", "clerk"),
        ("holiday", "centre", "centre"),
        ("area", "centre", "centre"),
        ("charge", "centre", "centre"),
        ("charge", "unit", "town"),
        ("charge", "category", "leaf"),
        ("charge", "area", "area"),
        ("charge", "deputy", "lead"),
        ("charge", "head", "head"),
    ],
)
def test_no_form_takes_what_belongs_to_another_centre(
    signed_in: Client, here: World, there: World, mine: str, field: str, theirs: str
):
    row = getattr(here, mine)
    address = f"/admin/directory/{row._meta.model_name}/{row.pk}/change/"
    values = form_of(signed_in.get(address)) | {field: getattr(there, theirs).pk}
    response = signed_in.post(address, values)
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert MARK not in shown(response)
    before = getattr(row, f"{field}_id")
    row.refresh_from_db()
    assert getattr(row, f"{field}_id") == before


def test_no_post_touches_another_centre(signed_in: Client, here: World, there: World):
    for one in there.objects():
        base = f"/admin/directory/{one._meta.model_name}/"
        for address in (f"{base}{one.pk}/change/", f"{base}{one.pk}/delete/", f"{base}{one.pk}/password/"):
            response = signed_in.post(address, {"post": "yes", "name": "改了", "password1": "x", "password2": "x"})
            assert response.status_code in (302, 403, 404), address
        delete = {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}
        assert MARK not in shown(signed_in.post(base, delete))
        assert type(one).objects.filter(pk=one.pk).exists()
    for sheet in ("unit", "staff", "post", "category", "charge"):
        response = signed_in.post(
            f"/admin/directory/{sheet}/import/", {"centre": there.centre.pk, "content": "UEsDBA=="}
        )
        assert response.status_code == 403
    assert there.clerk.name == Staff.objects.get(pk=there.clerk.pk).name


def test_an_administrator_cannot_become_more(signed_in: Client, here: World, there: World):
    address = f"/admin/directory/staff/{here.admin.pk}/change/"
    values = form_of(signed_in.get(address))
    more = {"is_superuser": "on", "groups": ["1"], "user_permissions": ["1"], "password": "plain"}
    assert signed_in.post(address, values | more).status_code == 302
    before = here.admin.password
    here.admin.refresh_from_db()
    assert not here.admin.is_superuser
    assert here.admin.password == before
    assert signed_in.post(address, {k: v for k, v in values.items() if k != "centre"}).status_code == 200, "no centre"


def test_a_superuser_of_the_centre_is_seen_and_not_touched(signed_in: Client, here: World):
    chief = Staff.objects.create_superuser("chief", name="总管", centre=here.centre, password="old-secret-1")
    base = f"/admin/directory/staff/{chief.pk}/"
    assert signed_in.get(f"{base}change/").status_code == 200
    for address in (f"{base}change/", f"{base}password/", f"{base}delete/"):
        values = {"username": "x", "password1": "new-secret-1", "password2": "new-secret-1", "post": "yes"}
        assert signed_in.post(address, values).status_code == 403
    signed_in.post(
        "/admin/directory/staff/", {"action": "delete_selected", "_selected_action": [chief.pk], "post": "yes"}
    )
    chief.refresh_from_db()
    assert chief.check_password("old-secret-1")


@pytest.mark.parametrize("who", ["clerk", "a former administrator", "the away administrator's clerk", "nobody"])
def test_without_an_admin_post_the_admin_is_closed(client: Client, here: World, who: str):
    if who == "clerk":
        client.force_login(here.clerk)
    elif who == "a former administrator":
        here.centre.posts.filter(role="admin").delete()
        client.force_login(here.admin)
    elif who != "nobody":
        Staff.objects.filter(pk=here.clerk.pk).update(is_staff=True)
        client.force_login(here.clerk)
    for address in addresses(here):
        response = client.get(address)
        # What every visitor with an account may open says nothing of a centre.
        if response.status_code == 200:
            assert (
                address in ("/admin/", "/admin/login/", "/admin/password_change/", "/admin/jsi18n/")
                or "password_change/done" in address
            ), address
            assert "大店镇" not in shown(response)
        else:
            assert response.status_code in (302, 403, 404, 405), address


def test_a_superuser_sees_every_centre(client: Client, here: World, there: World):
    client.force_login(Staff.objects.create_superuser("chief", name="总管", password="x"))
    listed = shown(client.get("/admin/directory/unit/"))
    assert "乙地大店镇" in listed
    assert "甲地大店镇" in listed
    assert client.get("/admin/directory/unit/export/").status_code == 200
    response = client.get("/admin/directory/unit/export/", {"centre": there.centre.pk})
    assert "甲地" not in shown(response)
    assert "乙地大店镇" in shown(response)
    for address in addresses(here):
        assert client.get(address).status_code < 500, address


def test_the_centre_and_its_root_cannot_be_removed_by_its_administrator(signed_in: Client, here: World):
    for one in (here.centre, here.root):
        assert (
            signed_in.post(f"/admin/directory/{one._meta.model_name}/{one.pk}/delete/", {"post": "yes"}).status_code
            == 403
        )
    assert signed_in.get("/admin/directory/centre/add/").status_code == 403
    assert Centre.objects.get() == here.centre
    assert Unit.objects.filter(pk=here.root.pk).exists()
    assert Category.objects.filter(pk=here.category.pk).exists()
