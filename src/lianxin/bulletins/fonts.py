"""The faces of an official document (GB/T 9704-2012 section 5.2.2) and what stands in for them.

The prescribed faces belong to their makers and cannot be shipped.  A .docx names them and is shown with the faces of
the office that opens it.  The PDF embeds its faces, so it uses a prescribed face where one is found in the folder
named by the environment variable LIANXIN_FONTS, else Noto Serif SC and Noto Sans SC, which come with a package.
The system's own fonts are not searched: the same bulletin gives the same bytes on every machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pylopdf_fonts_zh_cn as noto

STAND_IN = {"serif": "Noto Serif SC", "sans": "Noto Sans SC"}
_CSS_GENERIC = {
    "serif": '"Noto Serif SC", "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif',
    "sans": '"Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
}


@dataclass(frozen=True, slots=True)
class Face:
    """A prescribed face: its name in an office suite, its other names (first choice first), and its kind.

    `embolden` is the outline (in em) that tells a stand-in, of which only the regular weight is at hand, from the
    text around it.
    """

    office: str
    others: tuple[str, ...]
    kind: str
    panose: str
    embolden: float = 0.0

    @property
    def css(self) -> str:
        named = ", ".join(f'"{name}"' for name in (self.office, *self.others))
        return f"{named}, {_CSS_GENERIC[self.kind]}"


BODY = Face("仿宋_GB2312", ("FangSong_GB2312", "仿宋", "FangSong", "STFangsong"), "serif", "02010609030101010101")
KAI = Face(
    "楷体_GB2312", ("KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "Kaiti SC"), "serif", "02010609030101010101", 0.016
)
HEI = Face("黑体", ("SimHei", "STHeiti", "Heiti SC"), "sans", "02010609060101010101")
SONG = Face("宋体", ("SimSun", "STSong", "Songti SC"), "serif", "02010600030101010101")
TITLE = Face(
    "方正小标宋简体",
    ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋_GBK", "小标宋"),
    "serif",
    "02010601030101010101",
    0.035,
)
FACES = {"body": BODY, "kai": KAI, "hei": HEI, "song": SONG, "title": TITLE}


def folders() -> list[Path]:
    """Where the PDF's faces are looked for."""
    own = os.environ.get("LIANXIN_FONTS")
    return [*([Path(own)] if own else []), noto.serif_path().parent]


def for_typst() -> dict[str, dict[str, object]]:
    """For each role the prescribed faces, first choice first, what stands in, and the outline that it then needs.

    Which of them are there, typst itself finds out (`typeset`).
    """
    return {
        role: {
            "prescribed": [face.office, *face.others],
            "stand_in": STAND_IN[face.kind],
            "embolden": face.embolden,
        }
        for role, face in FACES.items()
    }
