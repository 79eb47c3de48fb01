"""The small centres at which scenes are played: each cast, its bodies and posts, as a demo's centre has them."""

from __future__ import annotations

from tests.cast import Cast, body, make_cast

from lianxin.directory.models import Area, AreaCircle, Category, Charge, TeamArea, Unit
from lianxin.directory.trees import plant

PACKS = {"zhoucun": "zhoucun-2019", "junan": "junan-2021", "jinan": "jinan-cg"}
#: What the towns and departments of a demo's centre have besides the cast's.
MORE = ("line_deputy", "section_head", "discipline")
BODIES = {
    "deputy_head": "区政府分管领导",
    "head": "区政府主要领导",
    "party_head": "区委主要领导",
    "inspect": "督查室",
    "media": "融媒体中心",
}
#: Jinan's: code, title, type.
INSPECTING = (("inspect", "市局督查大队", "inspection"), ("discipline", "派驻纪检监察组", "body"))


def stage(centre: str) -> Cast:
    """The centre that a scene names, under its rule book."""
    cast = make_cast(centre, PACKS[centre])
    for role in MORE:
        cast.post(f"{role}@town", "town", role)
    if centre == "zhoucun":
        cast.centre.body = "周村区政府市民投诉中心"
        cast.centre.save()
        _bare(cast)
        plant(cast.centre, [("城乡建设", "城市建设和市政管理", "燃气供应")])
        for name, title in BODIES.items():
            body(cast, name, title)
    elif centre == "junan":
        _in_charge(cast)
    else:
        for name, title, kind in INSPECTING:
            found = body(cast, name, title, ("clerk", "principal"))
            found.type = kind
            found.save()
        _team(cast)
    return cast


def _in_charge(cast: Cast) -> None:
    """The town, as the demo calls it, with two deputies and two heads; the second ones are in charge of heating."""
    for role in ("line_deputy", "section_head"):
        cast.post(f"heating_{role}@town", "town", role, "供暖")
    Charge.objects.create(
        centre=cast.centre,
        unit=cast.units["town"],
        category=Category.objects.get(centre=cast.centre, name="供暖"),
        deputy=cast.posts["heating_line_deputy@town"],
        head=cast.posts["heating_section_head@town"],
    )
    cast.units["town"].code = "dadian"
    cast.units["town"].save()


def _team(cast: Cast) -> None:
    """The town, as the demo calls a district of the city, with its rapid team and where its area lies."""
    cast.post("team@town", "town", "clerk", "快速反应队")
    area = Area.objects.get(centre=cast.centre, name=cast.units["town"].name)
    TeamArea.objects.create(post=cast.posts["team@town"], area=area)
    AreaCircle.objects.create(area=area, datum="gcj02", longitude=117.0826, latitude=36.6671, radius=8000)
    cast.units["town"].code = "lixia"
    cast.units["town"].save()


def _bare(cast: Cast) -> None:
    """A department that has nobody who is in charge of the hotline (B27)."""
    cast.units["bare"] = Unit.objects.create(
        centre=cast.centre,
        parent=cast.units["centre"],
        code="bare",
        name="体育中心",
        type="department",
        ranking_group="department",
        position=8,
    )
    for role in ("clerk", "principal"):
        cast.post(f"{role}@bare", "bare", role)
