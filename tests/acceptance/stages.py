"""The small centres at which scenes are played: each cast, its bodies and posts, as a demo's centre has them."""

from __future__ import annotations

from tests.cast import Cast, body, make_cast

from lianxin.directory.trees import plant

#: What the towns and departments of a demo's centre have besides the cast's.
MORE = ("line_deputy", "section_head", "discipline")
BODIES = {
    "deputy_head": "区政府分管领导",
    "head": "区政府主要领导",
    "party_head": "区委主要领导",
    "inspect": "督查室",
    "media": "融媒体中心",
}


def stage(centre: str) -> Cast:
    """The centre that a scene names, under its rule book."""
    cast = make_cast(centre, {"zhoucun": "zhoucun-2019", "junan": "junan-2021"}[centre])
    for role in MORE:
        cast.post(f"{role}@town", "town", role)
    if centre == "zhoucun":
        plant(cast.centre, [("城乡建设", "城市建设和市政管理", "燃气供应")])
        for name, title in BODIES.items():
            body(cast, name, title)
    return cast
