"""Every address of the desk, for every role, on its own order and the letter about it, another unit's and another
centre's: nothing leaks."""

from __future__ import annotations

import io
import uuid
import zipfile
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver
from django.utils import timezone
from pypdf import PdfReader
from tests.cast import CENTRE_POSTS, UNIT_POSTS, Cast, body, make_cast, request, shanghai
from tests.desk.web import Site
from tests.dispatch.catalogue import drafted, enacted, row
from tests.telling.stages import own

from lianxin.desk import faces, morning
from lianxin.desk.models import Phrase
from lianxin.directory.models import Channel
from lianxin.dispatch.models import CatalogueRow
from lianxin.ledger.acts import Act
from lianxin.ledger.attachments import Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order
from lianxin.orders.reach import SEES_CENTRE
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding

WHO = [*CENTRE_POSTS, *(f"{role}@heat" for role in UNIT_POSTS), "clerk@village"]
ACTIONS = list(faces.FACES)
STEPS = [kind.action(step) for kind in kinds.every() for step in kind.steps]
#: Open to all: they show nothing of any order.
DOOR = {"login", "logout"}


def patterns() -> list[URLPattern]:
    """The desk's addresses, from the resolver itself: a new page is walked without being named here."""
    desk = next(
        part for part in get_resolver().url_patterns if isinstance(part, URLResolver) and part.app_name == "desk"
    )
    return [part for part in desk.url_patterns if isinstance(part, URLPattern)]


def addresses(order: Order) -> list[str]:
    """Every address, those about an order for this one, those about a verb for every verb."""
    found: list[str] = []
    letter, beside = Proceeding.objects.get(abouts__to_order=order), kept_beside(order)
    for pattern in patterns():
        if pattern.name in DOOR:
            continue
        names = set(pattern.pattern.converters)
        known = {
            "number",
            "action",
            "week",
            "file",
            "kind",
            "entry",
            "ending",
            "channel",
            "line",
            "code",
            "row",
            "batch",
            "article",
            "verdict",
        }
        assert names <= known, f"walk {pattern.name} too"
        about = letter if str(pattern.pattern).startswith("proceedings/") else order
        steps = STEPS if about is letter else ACTIONS
        ways = ["docx", "pdf"] if "ending" in names else [""]
        codes = morning.TITLES if "code" in names else [""]
        for action, ending, code in product(steps if "action" in names else [""], ways, codes):
            given = {"number": about.number, "action": action, "week": "2026-W47", "kind": "unit", "entry": 1}
            given |= {"file": about.attachments.get().pk, "ending": ending, "code": code}
            given |= beside
            try:
                found.append(reverse(f"desk:{pattern.name}", kwargs={name: given[name] for name in names}))
            except NoReverseMatch as error:  # pragma: no cover
                pytest.fail(str(error))
    return found


def kept_beside(order: Order) -> dict[str, Any]:
    """A channel, a phrase and a row of the catalogue of the unit that has the order: they hang on none."""
    unit = order.shares.get().unit
    found = {"channel": Channel.objects.get(staff__unit=unit).pk, "line": Phrase.objects.get(unit=unit).line}
    line = CatalogueRow.objects.get(lead=unit)
    # An article is for everybody of the centre.
    found |= {"article": "ZS000001", "verdict": "approve"}
    return found | {"row": line.pk, "batch": CatalogueRow.objects.get(over=line).batch_id}


def _keep_beside(cast: Cast, unit: str, mark: str, phone: str) -> None:
    """A mailbox whose address holds the telephone, a phrase with the mark."""
    own(cast, f"clerk@{unit}", f"box{phone}@example.com", name="信箱")
    words = {"action": "share.replied", "title": f"用语{mark}", "text": f"规范用语内容{mark}。"}
    whose = {"centre": cast.centre, "unit": cast.units[unit], "staff": cast.staff[f"clerk@{unit}"]}
    Phrase.objects.create(line=uuid.uuid4().hex, version=1, since=timezone.now(), **whose, **words)
    enacted(cast, timezone.now(), row(cast, f"M{unit}", "供暖温度", unit))
    drafted(cast, timezone.now(), row(cast, f"M{unit}", "供暖温度", "bureau", assists=[unit]))


def _given(cast: Cast, unit: str, mark: str, phone: str, hour: int) -> Order:
    """An order with words that stand in no other, and a file of such a name and content."""
    at = shanghai(f"2026-11-18 {hour:02}:00")
    payload = request(
        source="county" if cast.centre.code == "chenghe" else "city",
        title=f"标题{mark}水管漏水",
        text=f"内容{mark}，请求检修。",
        requests=[f"事项{mark}"],
        address=f"地址{mark}",
        caller={"name": f"欧阳{mark}", "phone": phone},
        told=f"告知{mark}诉求人。",
        upstream_number=f"SJ{mark}",
    )
    photo = Upload(f"照片{mark}.png", b"\x89PNG\r\n\x1a\n" + mark.encode())
    act = Act("order.registered", cast.actor("agent"), at, payload, recorded_at=at, files=(photo,))
    order = Order.objects.get(pk=record(act).order)
    cast.dispatch(order, at, unit)
    said = {"level": "warn", "title": f"函{mark}", "text": f"函件内容{mark}，请整改。", "unit": cast.units[unit].pk}
    said |= {"numbers": [order.number], "due": timezone.now() + timedelta(days=3)}
    record(Act("letter.sent", cast.actor("supervisor"), timezone.now(), said, files=(photo,)))
    _keep_beside(cast, unit, mark, phone)
    return order


@pytest.fixture
def three(base: Cast) -> dict[str, tuple[Order, list[str]]]:
    """An order of the heating company, one of the town, one of another centre; each with its words."""
    stranger = make_cast("linyi")
    plan = {
        "own": (base, "heat", "甲甲甲", "13911110001", 9),
        "unit": (base, "town", "乙乙乙", "13922220002", 10),
        "centre": (stranger, "heat", "丙丙丙", "13933330003", 11),
    }
    found = {}
    for name, (cast, unit, mark, phone, hour) in plan.items():
        order = _given(cast, unit, mark, phone, hour)
        order.number = f"{order.number}"
        found[name] = (order, [mark, phone, f"{phone[:3]} **** {phone[-4:]}"])
    return found


def sees(who: str, which: str) -> bool:
    role, _, unit = who.partition("@")
    if which == "centre":
        return False
    return role in SEES_CENTRE if not unit else (which, unit) in {("own", "heat")}


def ask(client: Client, path: str, phone: str, number: str) -> list[Any]:
    typed = {"q": phone, "caller_phone": phone, "number": number, "post": "1", "reason": "试试能不能看到"}
    if path == "/register/" or path.endswith("/order.caller_corrected/"):
        del typed["caller_phone"]  # a form shows what was typed into it, and an order the number that it was given
    if path == "/catalogue/many/":
        del typed["q"]  # so does a list of what was looked for in it
    fragment = {"HX-Request": "true"}
    # Only pages with queues have a second, short form; a verb's page looks the same to htmx.
    read = [client.get(path)] if path.count("/") > 3 else [client.get(path), client.get(path, headers=fragment)]
    # Last, since a search page says, masked, what its own reader typed.
    return [*read, client.post(path, typed)]


def words_of(answer: Any) -> str:
    """What a person can read in an answer: a page, a Word file, a PDF, a file of an order."""
    if answer.streaming:
        return b"".join(answer.streaming_content).decode("utf-8", "replace")
    kind = answer.get("Content-Type", "")
    if kind.startswith("application/pdf"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    if "officedocument" in kind:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
            return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    return str(answer.content.decode())


@pytest.mark.parametrize("who", WHO)
def test_c62_no_address_shows_a_foreign_order(site: Site, three: dict[str, tuple[Order, list[str]]], who: str) -> None:
    client = site.at(who)
    before = Entry.objects.count()
    foreign = [three[which] for which in three if not sees(who, which)]
    paths = dict.fromkeys(path for order, _ in foreign for path in addresses(order))
    phone = foreign[-1][1][1]
    for path in paths:
        for answer in ask(client, path, phone, foreign[-1][0].number):
            page = words_of(answer)
            assert answer.status_code < 500, path
            assert not [word for _, words in foreign for word in words if word in page], (who, path)
    for _, words in foreign:
        client.post("/search/", {"q": words[1]})
        assert words[0] not in client.get("/search/").content.decode()
    if not any(sees(who, which) for which in three):
        assert Entry.objects.count() == before


@pytest.mark.parametrize("who", WHO)
def test_an_order_that_is_not_visible_is_not_found(
    site: Site, three: dict[str, tuple[Order, list[str]]], who: str
) -> None:
    own = Order.objects.filter(centre=site.cast.centre).values_list("number", flat=True)
    for which, (order, _) in three.items():
        if which == "centre" and order.number in own:
            continue  # numbers are a centre's own: the same number opens one's own order
        for path in (f"/orders/{order.number}/", f"/orders/{order.number}/preview/"):
            assert site.get(who, path).status_code == (200 if sees(who, which) else 404), (which, path)


@pytest.mark.parametrize("who", [who for who in WHO if sees(who, "own")])
def test_c62_an_own_order_shows_its_caller_masked(
    site: Site, three: dict[str, tuple[Order, list[str]]], who: str
) -> None:
    order, (mark, phone, masked) = three["own"]
    for path in addresses(order):
        page = words_of(site.get(who, path))
        assert phone not in page, path
        assert f"欧阳{mark}" not in page, path
    page = site.get(who, f"/orders/{order.number}/").content.decode()
    assert masked in page
    assert f"标题{mark}" in page


def test_without_signing_in_nothing_is_shown(three: dict[str, tuple[Order, list[str]]]) -> None:
    client = Client()
    for order, words in three.values():
        for path in addresses(order):
            for answer in ask(client, path, words[1], order.number):
                assert answer.status_code in (302, 401, 403, 405), path
                assert not [word for word in words if word in answer.content.decode()]
                if answer.status_code == 302:
                    assert answer["Location"].startswith("/login/")


def test_a_dismissed_person_sees_nothing_at_once(site: Site, three: dict[str, tuple[Order, list[str]]]) -> None:
    order, _ = three["own"]
    assert site.get("dispatcher", f"/orders/{order.number}/").status_code == 200
    person = site.cast.staff["dispatcher"]
    person.is_active = False
    person.save()
    assert site.get("dispatcher", f"/orders/{order.number}/").status_code == 302


def test_live_tokens_name_only_ones_own_queues(site: Site) -> None:
    import re
    from urllib.parse import unquote

    from django.conf import settings
    from django.core import signing

    page = site.get("clerk@town", "/").content.decode()
    token = re.search(r'data-live="[^"]*token=([^"]+)"', page)
    assert token
    said = signing.loads(unquote(token[1]), salt=settings.LIVE_SALT)
    assert set(said["queues"]) == {str(site.cast.units[unit].pk) for unit in ("town", "village")}


def test_live_tokens_of_a_body_name_no_queue_of_the_centre(site: Site) -> None:
    import re
    from urllib.parse import unquote

    from django.conf import settings
    from django.core import signing

    npc = body(site.cast)
    for who in ("npc_deputy@npc", "clerk@npc"):
        token = re.search(r'data-live="[^"]*token=([^"]+)"', site.get(who, "/shown/").content.decode())
        assert token
        assert signing.loads(unquote(token[1]), salt=settings.LIVE_SALT)["queues"] == [str(npc.pk)]
