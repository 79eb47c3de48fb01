"""Names by their sound: the order of lists, and what a person types to find a name.

`sort_key` puts people, units and areas into the order of a Chinese dictionary: syllable, tone, sign.  `match_keys`
says under which letters a name is found, and `matches` asks them.  PostgreSQL here has no such order (no ICU), and
a general dictionary misreads surnames and places (单, 曾, 六合), so readings.toml is asked before pypinyin.

Reading costs time and pypinyin's dictionaries 57 MB: the models keep both keys in columns (`PinyinField`), made when
a name is written, and whoever lists or looks up reads those.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files

#: A sign's syllable with its tone; for anything else than a Chinese sign, None.
Reading = tuple[str, str | None]

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_DIGITS = re.compile(r"\d+")
#: 莒南县长城路: the 长 of a place after the word for a county; a dictionary reads 县长.
_LONG_PLACE = re.compile(
    r"(?<=[省市县区镇乡村])长(?=[城江春沙安治宁清白虹兴青山岭岛阳丰武汀乐寿葛流河湖海泰顺征远沟坡])"
)
#: 曾家村, but not 了解家庭.
_OF_A_FAMILY = r"(?=家(?![庭长政用具电属教访居装畜禽]))"


def sort_key(text: str, person: bool = False) -> str:
    """`text` as it is sorted, by code points (collation C): figures and letters first, then signs by their sound.

    `person` reads its head as a surname.  The same sign stands together, as in a dictionary: every 张 before any 章.
    Figures count as numbers: 第2小学 before 第10小学.
    """
    parts = []
    for sign, syllable in _readings(_plain(text), person):
        if syllable:
            parts.append(syllable + sign)
        else:
            parts += [f" {int(sign):012}" if sign.isdecimal() else "".join(f" {letter}" for letter in sign)]
    return "".join(parts)


def match_keys(text: str, person: bool = False) -> str:
    """What finds `text`: its signs separated by blanks, of each the syllables without tones separated by commas, the
    usual reading first, then every other reading of the sign; ü is written both v and u.

    大店镇 gives “da,dai,tai dian zhen”.  A picker matches from any sign on, taking of each sign its first letter, a
    beginning of a syllable or the whole (`matches`): dd, dadz, dianz and dadianzhen all find it.
    """
    found: list[str] = []
    for sign, syllable in _readings(_plain(text), person):
        if syllable is None:
            found += sign
        else:
            others = _every_reading(sign)
            found.append(",".join(dict.fromkeys(_typed(s) for s in (syllable[:-1], *others) for _typed in _AS_TYPED)))
    return " ".join(part for part in found if part.strip())


def matches(typed: str, text: str, keys: str) -> bool:
    """Whether someone who typed `typed` may mean `text`, whose `match_keys` are `keys`: by its signs, by letters of
    its sound, or by both mixed (大dz).  Blanks do not count."""
    wanted, signs = _plain(typed).replace("ü", "v"), [sign for sign in _plain(text) if sign.strip()]
    if not wanted:
        return True
    sounds = [part.split(",") for part in keys.split(" ")]
    if len(sounds) != len(signs):
        # Keys of another text: its own signs still count.
        return wanted in "".join(signs)
    return any(_from(start, wanted, signs, sounds) for start in range(len(signs)))


def _from(start: int, wanted: str, signs: list[str], sounds: list[list[str]]) -> bool:
    """Whether `wanted` can be spelt from sign `start` on."""
    left = {wanted}
    for sign, syllables in zip(signs[start:], sounds[start:], strict=True):
        following: set[str] = set()
        for rest in left:
            if rest.startswith(sign):
                following.add(rest[len(sign) :])
            for syllable in syllables:
                if syllable.startswith(rest):
                    return True
                following |= {
                    rest[length:] for length in range(1, len(syllable) + 1) if rest[:length] == syllable[:length]
                }
        if "" in following:
            return True
        if not following:
            return False
        left = following
    return False


_AS_TYPED: tuple[Callable[[str], str], ...] = (lambda syllable: syllable, lambda syllable: syllable.replace("v", "u"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().strip().replace(" ", "")


@lru_cache(maxsize=4096)
def _readings(text: str, person: bool) -> tuple[Reading, ...]:
    """The signs of `text`, runs of figures as one, each with its syllable and tone."""
    found: list[Reading] = []
    at = 0
    while at < len(text):
        known = _known(text, at, person and at == 0)
        if known:
            found += known
            at += len(known)
            continue
        end = at + 1
        if digits := _DIGITS.match(text, at):
            end = digits.end()
            found.append((text[at:end], None))
        elif _HAN.match(text[at]):
            # What stands together is read together: 重庆 is no 重.
            while end < len(text) and _HAN.match(text[end]) and not _known(text, end, False):
                end += 1
            found += zip(text[at:end], _dictionary(text[at:end]), strict=True)
        else:
            found.append((text[at], None))
        at = end
    return tuple(found)


def _known(text: str, at: int, is_head: bool) -> list[Reading]:
    """Signs from `at` on whose reading our own table says."""
    match = (_surname() if is_head else _place()).match(text, at)
    if not match:
        return []
    name = match.group()
    if name == "长" and not is_head:
        return [(name, "chang2")]
    table = "surnames" if is_head or (name not in _tables()["places"]) else "places"
    return list(zip(name, _tables()[table][name].split(), strict=True))


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("readings.toml").read_text("utf-8"))


@cache
def _surname() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_tables()["surnames"], key=len, reverse=True)))


@cache
def _place() -> re.Pattern[str]:
    places = "|".join(sorted(_tables()["places"], key=len, reverse=True))
    families = "".join(name for name in _tables()["surnames"] if len(name) == 1)
    return re.compile(f"{places}|[{families}]{_OF_A_FAMILY}|{_LONG_PLACE.pattern}")


def _dictionary(signs: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    read = lazy_pinyin(
        signs,
        style=Style.TONE3,
        neutral_tone_with_five=True,
        # Their stubs do not know that several may be answered.
        errors=lambda run: [f"{sign}5" for sign in run],  # type: ignore[arg-type,return-value]
    )
    return [syllable.replace("ü", "v") for syllable in read]


@cache
def _every_reading(sign: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    return tuple(pinyin(sign, style=Style.NORMAL, heteronym=True, errors="default")[0])
