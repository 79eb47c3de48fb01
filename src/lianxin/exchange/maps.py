"""A map says what the columns of a foreign file mean: one TOML file a platform, written by the centre.

`policies/maps/` holds examples.  A fault in a map is told in Chinese with its place; nothing is half loaded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lianxin.rules.policy import Pack, policies_folder
from lianxin.rules.policy_errors import validation_problems

#: The values of a file that a map may translate into ours.
Translated = Literal[
    "source",
    "cls",
    "urgency",
    "confidential",
    "category",
    "area",
    "units",
    "state",
    "layer",
    "reached",
    "process_grade",
    "result_grade",
    "solved",
]
#: What can be written back to the platform, under the platform's own headings.
ReplyField = Literal[
    "upstream_number",
    "number",
    "unit",
    "role",
    "measures",
    "progress",
    "result",
    "answers",
    "text",
    "solved",
    "replied_at",
    "state",
    "closed_at",
]
Header = Annotated[str, Field(min_length=1, max_length=100)]


#: One column, or two: the day and the time of day.
TimeHeader = Header | tuple[Header, Header]


class MapError(ValueError):
    """A map that cannot be used; each of `problems` is a Chinese sentence that names file and field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


class Part(BaseModel):
    """Unknown fields are errors: a misspelt column must not be left out in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class About(Part):
    """`daily`: orders of today on the wall clock.  `history`: orders of another system, each act at its own time."""

    title: str = Field(min_length=1, max_length=100, description="名称")
    mode: Literal["daily", "history"] = Field(description="方式")
    sheet: str | int | None = Field(None, description="工作表的名称或序号；不写即所有表头相符的工作表")
    header_row: int | None = Field(None, ge=1, le=100, description="表头所在行；不写即自动查找")
    heading_rows: Literal[1, 2] | None = Field(None, description="表头占几行；不写即自动查找")
    hidden_rows: Literal["skip", "take"] = Field("skip", description="筛选隐藏的行是否导入")
    midnight: Literal["start", "end"] = Field("start", description="时限写 00:00 时，指当日零时还是当日 24:00")


class CallbackColumns(Part):
    """The upper platform's call-back.  Without `at` it counts as of the time of the import."""

    at: Header | None = Field(None, description="回访时间")
    layer: Header | None = Field(None, description="回访层级")
    reached: Header | None = Field(None, description="是否接通")
    process_grade: Header | None = Field(None, description="服务过程评价")
    result_grade: Header | None = Field(None, description="办理结果评价")
    solved: Header | None = Field(None, description="是否解决")
    words: Header | None = Field(None, description="诉求人意见")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.process_grade or self.result_grade or self.solved or self.reached):
            raise ValueError("至少写明 process_grade、result_grade、solved、reached 中的一列")
        return self


class Columns(Part):
    """The heading of each column, as the file has it.  `category`: one column with a path, or one a level."""

    upstream_number: Header | None = Field(None, description="上级编号")
    received_at: TimeHeader = Field(description="来件时间")
    text: Header = Field(description="诉求内容")
    title: Header | None = Field(None, description="标题")
    requests: Header | None = Field(None, description="诉求事项")
    source: Header | None = Field(None, description="来源")
    cls: Header | None = Field(None, description="诉求类别")
    urgency: Header | None = Field(None, description="紧急程度")
    category: Header | tuple[Header, ...] | None = Field(None, description="分类")
    area: Header | tuple[Header, ...] | None = Field(None, description="区域")
    address: Header | None = Field(None, description="地址")
    caller: Header | None = Field(None, description="诉求人")
    phone: Header | None = Field(None, description="联系电话")
    confidential: Header | None = Field(None, description="要求保密")
    told: Header | None = Field(None, description="告知诉求人的内容")
    upstream_due: TimeHeader | None = Field(None, description="上级时限")
    units: Header | None = Field(None, description="承办单位")
    dispatched_at: TimeHeader | None = Field(None, description="派单时间")
    state: Header | None = Field(None, description="办理状态")
    reply: Header | None = Field(None, description="答复内容")
    replied_at: TimeHeader | None = Field(None, description="答复时间")
    callback: CallbackColumns | None = Field(None, description="回访各列")


class CallbackSheet(Part):
    """Call-backs on a sheet of their own."""

    sheet: str | int = Field(description="工作表的名称或序号")
    header_row: int | None = Field(None, ge=1, le=100, description="表头所在行；不写即自动查找")
    upstream_number: Header = Field(description="上级编号")
    columns: CallbackColumns = Field(description="回访各列")


class Defaults(Part):
    """What holds where the file has no such column, or an empty cell."""

    channel: Literal["phone", "text", "web", "letter", "patrol", "upper"] = Field("upper", description="渠道")
    source: str | None = Field(None, description="来源")
    cls: str | None = Field(None, description="诉求类别")
    urgency: Literal["normal", "urgent"] = Field("normal", description="紧急程度")
    #: C35: what the caller was told is on record; for an upper platform's order that is the platform's word
    told: str = Field(min_length=2, max_length=4000, description="告知诉求人的内容")
    #: a code or a name of the pack; not said: its first layer that is not the centre's own
    layer: str | None = Field(None, min_length=1, max_length=40, description="回访层级")


class Dispatch(Part):
    """With this section orders go to the units that the file names: the first leads, the others assist.

    `fallback` is the code of the unit for orders whose unit is missing or unknown; without it they wait for the
    dispatcher, and the report says so.
    """

    basis: str = Field(description="派单依据")
    fallback: str | None = Field(None, description="不明时的承办单位编码")


class History(Part):
    """`ends`: in the other system the reply was the end, so it is here."""

    ends: bool = Field(True, description="答复即办结")


class Map(Part):
    """The whole map."""

    map: About = Field(description="总则")
    columns: Columns | None = Field(None, description="工单各列")
    callbacks: CallbackSheet | None = Field(None, description="回访表")
    defaults: Defaults | None = Field(None, description="默认值")
    dispatch: Dispatch | None = Field(None, description="派单")
    history: History = Field(History(ends=True), description="历史工单")
    #: our own formats first, then these (strptime)
    times: tuple[str, ...] = Field((), description="时间格式")
    values: dict[Translated, dict[str, str]] = Field(default_factory=dict, description="取值对照")
    #: heading -> what stands below it, in this order
    replies: dict[Header, ReplyField] = Field(default_factory=dict, description="回传表各列")

    @property
    def is_history(self) -> bool:
        """Whether acts are recorded at their own times."""
        return self.map.mode == "history"

    def layer(self, pack: Pack) -> str:
        """The layer of call-backs that do not name theirs: whoever sends such a sheet is above the centre."""
        return (self.defaults and self.defaults.layer) or pack.callback.upper_layer

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        columns, defaults = self.columns, self.defaults
        if columns is None:
            if self.callbacks is None:
                raise ValueError("应写明 columns（工单各列）或 callbacks（回访表）")
            return self
        if defaults is None:
            raise ValueError("有 columns 就应有 defaults，至少写明 told（告知诉求人的内容）")
        for name, title in (("source", "来源"), ("cls", "诉求类别")):
            if getattr(columns, name) is None and getattr(defaults, name) is None:
                raise ValueError(f"{title}应写明：columns.{name} 或 defaults.{name}")
        self._numbers(columns)
        self._replies(columns)
        return self

    def _numbers(self, columns: Columns) -> None:
        if columns.upstream_number is not None:
            return
        if not self.is_history:
            raise ValueError("日常工单（daily）应写明 columns.upstream_number（上级编号），以免重复登记")
        if self.callbacks is not None:
            raise ValueError("有回访表就应写明 columns.upstream_number（上级编号），以便对应")

    def _replies(self, columns: Columns) -> None:
        of_history = [name for name in ("dispatched_at", "reply", "replied_at") if getattr(columns, name)]
        if of_history and not self.is_history:
            raise ValueError(f"日常工单（daily）不取 columns.{of_history[0]}：派单和答复由本中心办理")
        if (columns.reply is None) != (columns.replied_at is None):
            raise ValueError("columns.reply（答复内容）和 columns.replied_at（答复时间）应同时写明")
        if (columns.reply or columns.units) and self.dispatch is None:
            raise ValueError("有 columns.units 或 columns.reply 就应有 dispatch 一节，写明派单依据 basis")


def load(path: Path) -> Map:
    """The map in `path`.  Raises MapError with every fault found."""
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise MapError([f"读不到映射文件 {path.name}，请核对文件名"]) from error
    except UnicodeDecodeError as error:
        raise MapError([f"{path.name}：不是 UTF-8 编码，请另存为 UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise MapError([f"{path.name}：不是正确的 TOML（{error}）"]) from error
    try:
        return Map.model_validate(raw)
    except ValidationError as error:
        raise MapError(list(_problems(error, path.name))) from error


def find(name: str) -> Map:
    """The map of that file, or of that name: for the command line.  Raises MapError."""
    path = Path(name)
    return load(path) if path.suffix == ".toml" or path.exists() else named(name)


def named(name: str) -> Map:
    """The map of that name in the folder of maps; never a path, since the name may come from a page.  Raises
    MapError."""
    if name not in names():
        known = "、".join(names()) or "无"
        raise MapError([f"没有名为“{name}”的映射（现有：{known}），请选用其中一个"])
    return load(maps_folder() / f"{name}.toml")


def names() -> tuple[str, ...]:
    """The maps that lie in the folder of maps."""
    return tuple(sorted(path.stem for path in maps_folder().glob("*.toml")))


def maps_folder() -> Path:
    """`maps` beside the packs."""
    return policies_folder() / "maps"


def _problems(error: ValidationError, file: str) -> Iterator[str]:
    """A sentence a fault; our own sentences as they are."""
    faults = error.errors(include_url=False)
    for fault, problem in zip(faults, validation_problems(error, file, "", Map), strict=True):
        place = ".".join(str(step) for step in fault["loc"] if not _is_type(str(step)))
        reason = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else f"应为{problem.expected}"
        yield "：".join(part for part in (file, place, reason) if part)


def _is_type(step: str) -> bool:
    """A step that pydantic adds for the branches of a union; no field of a map is called so."""
    return step in ("str", "int") or "[" in step
