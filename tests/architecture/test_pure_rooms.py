"""Rooms that only think: no clock, no input or output, nothing of a resident's words kept beyond a turn."""

import ast
from collections.abc import Mapping

import pytest

from tests.architecture.sources import (
    Module,
    called_name,
    dotted,
    functions,
    is_below,
    is_in,
    product,
    snippet,
)

PURE = ("bot/dialogue/", "bot/flows/", "bot/language/", "bot/triage/", "core/ja/")
SHELLS = (
    # Carry out what a flow decided: they look into the database.
    "bot/flows/aftercare/effects.py",
    "bot/flows/aftercare/rounds.py",
    "bot/flows/aftercare/store.py",
    "bot/flows/consultation/effects.py",
    "bot/flows/facility_search/effects.py",
    "bot/flows/otc/effects.py",
    "bot/flows/safety_question/effects.py",
    # Asks, through what it is handed, for the meaning of a message and of its clauses side by side.
    "bot/language/understanding.py",
)
# Read content from files, at the start of a process only.
LOADERS = ("bot/triage/tables/loader.py",)
CLOCKS = frozenset(["now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"])
OUTSIDE = (
    "sqlalchemy",
    "psycopg",
    "redis",
    "aiohttp",
    "socket",
    "subprocess",
    "asyncio",
    "requests",
)
IO_CALLS = frozenset(["open", "print", "input", "read_text", "read_bytes", "write_text", "write_bytes"])
CACHES = frozenset(["cache", "lru_cache"])
# What may be kept from turn to turn: each is a function of content, never of what a resident wrote.
OF_CONTENT: Mapping[str, str] = {
    "bot/triage/danger/danger_screen.py:load_danger_screen": "a folder of dangers",
    "bot/triage/danger/safety.py:load_safety": "a folder of dangers",
    "bot/triage/danger/alarm_threshold.py:load_alarm_threshold": "a folder of dangers",
    "core/ja/quick_pattern.py:quick_pattern": "a pattern of ours",
    "bot/language/typed_replies.py:spellings": "the labels of buttons",
    "core/ja/normal.py:_alone": "one character, which tells nothing of what was written",
}


def is_pure(module: Module) -> bool:
    return is_in(module.path, PURE) and not is_in(module.path, SHELLS)


def impurities(module: Module) -> list[str]:
    """Return where a module looks at a clock or at the world outside."""
    found = []
    for node in module.nodes:
        if _is_clock(node):
            found.append(f"{module.path}:{node.lineno}: a clock")
        elif isinstance(node, ast.Import | ast.ImportFrom) and any(
            is_below(name, package) for name in _imported(node) for package in OUTSIDE
        ):
            found.append(f"{module.path}:{node.lineno}: the world outside")
        elif isinstance(node, ast.Call) and called_name(node) in IO_CALLS and not is_in(module.path, LOADERS):
            found.append(f"{module.path}:{node.lineno}: {called_name(node)}")
    return found


def _is_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return True
    name = dotted(node)
    return (
        name.rpartition(".")[2] in CLOCKS
        and name.split(".")[0] in {"datetime", "date", "time"}
        and "." in name
    )


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]


def caches(module: Module) -> list[str]:
    """Return the functions whose results outlive a call, as `path:function`."""
    kept = [
        f"{module.path}:{function.name}"
        for function in functions(module)
        if any(called_name(decorator) in CACHES for decorator in function.decorator_list)
    ]
    wrapped = [
        f"{module.path}:{ast.unparse(node.args[0])}"
        for node in module.nodes
        if isinstance(node, ast.Call)
        and called_name(node) in CACHES
        and node.args
        and _is_function(node.args[0])
    ]
    return kept + wrapped


def _is_function(argument: ast.expr) -> bool:
    return not isinstance(argument, ast.Constant)


def test_rooms_that_think_look_at_no_clock_and_at_nothing_outside() -> None:
    rooms = [module for module in product() if is_pure(module)]
    assert len(rooms) > 50
    assert [found for module in rooms for found in impurities(module)] == []


def test_rooms_that_think_keep_results_of_content_only() -> None:
    found = {name for module in product() if is_pure(module) for name in caches(module)}
    assert found == OF_CONTENT.keys()


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nnow = datetime.now()",
        "import datetime\nday = datetime.date.today()",
        "import time\nbegan = time.monotonic()",
        "from time import monotonic",
        "from datetime import datetime\nx = field(default_factory=datetime.now)",
        "from sqlalchemy import select",
        "import asyncio",
        "words = open('x').read()",
        "words = path.read_text()",
    ],
)
def test_a_clock_or_something_outside_is_seen(source: str) -> None:
    assert impurities(snippet("bot/dialogue/policy.py", source))


def test_a_moment_that_is_handed_in_is_no_clock() -> None:
    source = "def f(ctx, time):\n    return ctx.now - time.total, datetime.fromisoformat(ctx.at)"
    assert impurities(snippet("bot/dialogue/policy.py", source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "@lru_cache(maxsize=256)\ndef clauses(text): ...",
        "@cache\ndef clauses(text): ...",
        "@functools.cache\ndef clauses(text): ...",
        "class Reader:\n    @lru_cache\n    def clauses(self, text): ...",
        "quick = lru_cache(clauses)",
    ],
)
def test_a_function_that_would_keep_residents_words_is_seen(source: str) -> None:
    assert caches(snippet("bot/language/segmentation.py", source)) == ["bot/language/segmentation.py:clauses"]
