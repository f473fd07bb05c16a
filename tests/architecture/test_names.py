"""One class name means one thing, and a file's name tells it from the others."""

import ast
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from tests.architecture.sources import Module, product, snippet

# Names that the layout prescribes: each package has its own, and the package says whose it is.
PRESCRIBED = frozenset(
    ["__init__", "store", "model", "service", "pages", "jobs", "flow", "effects", "errors", "app", "data"]
)
# Named after what they mirror part by part: the platform, and what is measured.
MIRRORS = ("bot/simulator/", "bot/bench/")
MOST = 2


def class_places(modules: Sequence[Module]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(f"{module.path}:{node.lineno}")
    return found


def ambiguous_classes(modules: Sequence[Module]) -> list[str]:
    return [
        f"{name}: {', '.join(places)}"
        for name, places in sorted(class_places(modules).items())
        if len(places) > 1
    ]


def crowded_names(modules: Sequence[Module]) -> list[str]:
    found = defaultdict(list)
    for module in modules:
        if not module.path.startswith(MIRRORS):
            found[PurePosixPath(module.path).stem].append(module.path)
    return [
        f"{name}: {', '.join(paths)}"
        for name, paths in sorted(found.items())
        if len(paths) > MOST and name not in PRESCRIBED
    ]


def test_no_two_classes_share_a_name() -> None:
    assert ambiguous_classes(product()) == []


def test_a_second_class_of_a_name_is_seen() -> None:
    modules = [snippet("bot/a.py", "class Turn: ..."), snippet("shop/b.py", "def f():\n  class Turn: ...")]
    assert ambiguous_classes(modules) == ["Turn: bot/a.py:1, shop/b.py:2"]


def test_no_more_than_two_modules_share_a_name() -> None:
    assert crowded_names(product()) == []


def test_a_third_module_of_a_name_is_seen() -> None:
    paths = ["bot/lane.py", "core/lane.py", "shop/lane.py", "bot/store.py", "core/store.py", "shop/store.py"]
    assert crowded_names([snippet(path, "") for path in paths]) == [
        "lane: bot/lane.py, core/lane.py, shop/lane.py"
    ]
