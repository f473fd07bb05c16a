"""Read content files: YAML checked against a model; each error names file, line and reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.content.yaml_source import load_yaml
from core.errors import ContentError


class ContentModel(BaseModel):
    """Base of content models: unknown fields are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def read_content(path: Path, model: type[Model]) -> Model:
    """Read one content file.

    Raises:
        ContentError: one line `file:line: place: reason` for each thing that is wrong.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ContentError(f"{path}: {exc.strerror}") from exc
    values = load_yaml(source, path)
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        tree = yaml.compose(source, Loader=yaml.SafeLoader)
        lines = [f"{path}:{_line(tree, e['loc'])}: {_place(e['loc'])}: {e['msg']}" for e in exc.errors()]
        raise ContentError("\n".join(lines)) from exc


def _place(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location) or "(file)"


def _line(node: yaml.Node | None, location: Sequence[int | str]) -> int:
    """Return the line of the value at `location`, or of the nearest parent that exists."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        child = _child(node, part)
        if child is None:
            break
        node, line = child
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    return None
