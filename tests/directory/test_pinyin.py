"""Names by their sound: sorted as a dictionary does, found under every letter that people type."""

from __future__ import annotations

import pytest

from lianxin.directory import snapshot
from lianxin.directory.models import Area, Staff, Unit
from lianxin.directory.pinyin import match_keys, matches, sort_key

from .conftest import World


def in_order(*names: str, person: bool = False) -> bool:
    return sorted(names, key=lambda name: sort_key(name, person)) == list(names)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("单雄信", "shan4"),
        ("曾国藩", "zeng1"),
        ("解缙", "xie4"),
        ("仇和", "qiu2"),
        ("区伯", "ou1"),
        ("查良镛", "zha1"),
        ("朴正", "piao2"),
        ("任重", "ren2"),
        ("华罗庚", "hua4"),
        ("乐毅", "yue4"),
        ("翟志刚", "zhai2"),
        ("重耳", "chong2"),
        ("长孙无忌", "zhang3"),
        ("单于冒顿", "chan2"),
        ("尉迟恭", "yu4"),
        ("万俟卨", "mo4"),
        ("覃塘", "qin2"),
        ("长青云", "chang2"),
    ],
)
def test_surnames_are_read_as_surnames(name: str, head: str) -> None:
    assert sort_key(name, person=True).startswith(head + name[0])


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("单县", "shan xian"),
        ("六合区", "lu he qu"),
        ("莒南县长城路", "ju nan xian chang cheng lu"),
        ("长丰镇", "chang feng zhen"),
        ("重庆市", "chong qing shi"),
        ("商业银行", "shang ye yin hang"),
        ("厦门路", "xia men lu"),
        ("中心大厦", "zhong xin da sha"),
        ("曾家庄", "zeng jia zhuang"),
        ("洪洞县", "hong tong xian"),
        ("长子县", "zhang zi xian"),
        ("市长热线办公室", "shi zhang re xian ban gong shi"),
        ("行政审批服务局", "xing zheng shen pi fu wu ju"),
    ],
)
def test_places_are_read_as_people_there_do(name: str, read: str) -> None:
    assert " ".join(part.split(",")[0] for part in match_keys(name).split()) == read


def test_people_and_units_stand_in_the_order_of_a_dictionary() -> None:
    people = ("安宁", "曹操", "单雄信", "王安石", "王安玉", "曾国藩", "查理", "张三", "张四", "章一")
    assert in_order(*people, person=True)
    assert in_order("12345热线", "A座", "大店镇", "第2小学", "第10小学", "六合区", "绿化处", "市场局")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("dd", "大店镇"),
        ("dadz", "大店镇"),
        ("dianz", "大店镇"),
        ("dadianzhen", "大店镇"),
        ("大dz", "大店镇"),
        ("店镇", "大店镇"),
        ("DDZ", "大店镇"),
        ("lv", "绿化处"),
        ("lu", "绿化处"),
        ("lü", "绿化处"),
        ("lnvs", "吕女士"),
        ("shan", "单县"),
        ("danxian", "单县"),
        ("zgf", "曾国藩"),
        ("cgf", "曾国藩"),
        ("12", "12号楼"),
        ("hl", "12 号楼"),
        ("", "大店镇"),
    ],
)
def test_a_name_is_found_by_signs_letters_and_both_mixed(typed: str, name: str) -> None:
    assert matches(typed, name, match_keys(name))


@pytest.mark.parametrize(("typed", "name"), [("zf", "大店镇"), ("ddzz", "大店镇"), ("zd", "大店镇"), ("lvx", "绿化处")])
def test_what_does_not_sound_so_is_not_found(typed: str, name: str) -> None:
    assert not matches(typed, name, match_keys(name))


def test_signs_without_a_reading_keep_their_place() -> None:
    assert sort_key("𠮷野")
    assert matches("ye", "𠮷野", match_keys("𠮷野"))
    assert (match_keys(""), sort_key("")) == ("", "")
    assert matches("镇", "大店镇", ""), "keys of another text leave the signs"


def test_lists_of_the_directory_stand_by_sound(here: World) -> None:
    centre, root = here.centre, here.root
    for code, name in (("b", "住建局"), ("a", "单县分局"), ("c", "市场局")):
        Unit.objects.create(centre=centre, parent=root, code=code, name=name, type="department", position=7)
    Area.objects.bulk_create(Area(centre=centre, name=name) for name in ("中心村", "安庄", "六合村"))
    for username, name in (("u1", "曾先"), ("u2", "单先"), ("u3", "查先"), ("u4", "安先")):
        Staff.objects.create(username=username, name=name, centre=centre)
    directory = snapshot.of(centre.pk)
    assert [u.name for u in directory.units.values() if u.position == 7] == ["单县分局", "市场局", "住建局"]
    assert [area.name for area in directory.areas.values() if area.id != here.area.pk] == ["安庄", "六合村", "中心村"]
    assert [
        person.name for person in directory.staff.values() if person.username < "v" and person.username[0] == "u"
    ] == ["安先", "单先", "曾先", "查先"]
    assert matches("lhc", "六合村", next(a.match_keys for a in directory.areas.values() if a.name == "六合村"))
    person = Staff.objects.get(username="u4")
    person.name = "卓先"
    person.save()
    assert list(snapshot.of(centre.pk).staff.values())[-1].name == "卓先", "a new name sounds anew"
