"""No setting is accepted and ignored: each is read where it acts, or `explain` says that nothing reads it yet."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import lianxin
from lianxin.rules.policy_errors import model_at
from lianxin.rules.policy_settings import UNREAD, Settings

SOURCE = Path(lianxin.__file__ or next(iter(lianxin.__path__))).parent
SOURCE = SOURCE if SOURCE.name == "lianxin" else SOURCE / "lianxin"


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        inner = model_at(model, (info.alias or name,))
        is_section = isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        yield f"{prefix}{name}"
        if inner:
            yield from leaves(inner, f"{prefix}{name}." if is_section else f"{prefix}{name}[].")


def read() -> set[str]:
    """The names of attributes that the product looks at, the reading and explaining of packs left out."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        if path.parent.name == "rules" and path.name.startswith("policy"):
            continue
        found |= {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    # A method of the settings themselves reads it for everybody.
    own = ast.parse((SOURCE / "rules" / "policy_settings.py").read_text("utf-8"))
    return found | {n.attr for n in ast.walk(own) if isinstance(n, ast.Attribute)}


READ = read()


@pytest.mark.parametrize("path", list(leaves(Settings)))
def test_a_setting_is_read_or_said_to_be_only_stated(path: str) -> None:
    name = path.rpartition(".")[2]
    under = {full.partition(".")[0] for full in UNREAD if full == path or full.startswith(f"{path}.")}
    if under:
        assert path not in UNREAD or name not in READ, "read now: take it out of UNREAD"
    else:
        assert name in READ
