"""YAML as content is read: a key that stands twice in one group is refused, not silently the later one."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from core.errors import ContentError

# libyaml's parser reads the lexicon in a tenth of the time; the wheels of PyYAML have it.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):  # type: ignore[misc]
    """Plain values only, and each key once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' stands here twice, first in line {seen[key]}", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen[key] = line
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def load_yaml(source: str, path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what a file's text says.

    Raises:
        ContentError: it is no YAML, or a key stands twice in one group; `file:line: reason`.
    """
    try:
        return yaml.load(source, Loader=_Loader)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise ContentError(f"{path}:{line}: {exc.problem}") from exc
    except yaml.YAMLError as exc:
        raise ContentError(f"{path}: {exc}") from exc
