"""Items of the rule book marked one by one, met or not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .choices import Pairs


class Marked(forms.Widget):
    """Each item of the rule book with yes or no beside it."""

    template_name = "desk/widgets/marks.html"
    use_fieldset = True

    def __init__(self, pairs: Pairs) -> None:
        super().__init__()
        self.pairs = pairs

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        return [(code, str(data.get(f"{name}-{code}", ""))) for code, _ in self.pairs]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}-{code}" in data for code, _ in self.pairs)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        said, made = dict(value or ()), self.build_attrs(self.attrs, attrs)
        rows = [{"code": code, "title": title, "said": said.get(code, "")} for code, title in self.pairs]
        return {"widget": {"name": name, "id": made.get("id", name), "attrs": made, "rows": rows}}


class Marks(forms.Field):
    """Each item met or not: nothing is preset, and none is left out."""

    def __init__(self, pairs: Pairs, **more: Any) -> None:
        super().__init__(widget=Marked(pairs), **more)
        self.pairs = pairs

    def has_changed(self, initial: Any, data: Any) -> bool:
        return any(said for _, said in data or ())

    def clean(self, value: Any) -> list[dict[str, Any]]:
        left = [title for (_, title), (_, said) in zip(self.pairs, value, strict=True) if said not in ("true", "false")]
        if left:
            raise ValidationError(f"请选择“符合”或“不符合”：{'、'.join(left)}")
        return [{"item": code, "met": said == "true"} for code, said in value]
