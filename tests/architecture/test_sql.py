"""Statements stand in stores: whoever looks for what touches a table finds it there."""

import ast
from collections.abc import Mapping, Sequence

import pytest

from tests.architecture.sources import Module, is_in, product, snippet

STATEMENTS = frozenset(
    ["select", "update", "insert", "delete", "text", "exists", "union", "union_all", "values"]
)
FIXED = "FixedStatement"
# Where else SQL stands, and why there. A module whose name ends with `store` needs no reason.
PLACES: Mapping[str, str] = {
    "core/db/": "tables, upgrades, what is watched",
    "core/talk.py": "a talk under its lock",
    "core/timers.py": "rows of timers",
    "core/media.py": "rows of media and their chunks",
    "bot/inbound/claims.py": "leases of talks and events",
    "bot/delivery/claims.py": "leases of outbox rows",
    "facilities/bulk_copy.py": "COPY and what goes with it; there is no table of ours behind it",
    "bot/bench/": "measures a database from outside",
}


def statements(module: Module) -> list[str]:
    """Return where a module makes an SQL statement."""
    made = {ours for ours, theirs in module.imported_from("sqlalchemy").items() if theirs in STATEMENTS}
    made |= {ours for ours, theirs in module.imported_from("core.db.driver").items() if theirs == FIXED}
    return [
        f"{module.path}:{node.lineno}"
        for node in module.nodes
        if isinstance(node, ast.Call) and (_makes(node.func, made) or _is_raw(node.func))
    ]


def _makes(called: ast.expr, made: set[str]) -> bool:
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return called.value.id in {"sqlalchemy", "sa"} and called.attr in STATEMENTS
    return isinstance(called, ast.Name) and called.id in made


def _is_raw(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "exec_driver_sql"


def is_allowed(path: str, places: Sequence[str]) -> bool:
    return path.removesuffix(".py").endswith("store") or is_in(path, places)


def test_sql_stands_in_stores() -> None:
    found = [place for m in product() if not is_allowed(m.path, tuple(PLACES)) for place in statements(m)]
    assert found == []


def test_no_place_may_hold_sql_that_holds_none() -> None:
    used = {place for place in PLACES for m in product() if is_in(m.path, (place,)) and statements(m)}
    assert sorted(PLACES.keys() - used) == []


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import select\nfound = select(Thread)",
        "from sqlalchemy import update as change\nchange(Thread)",
        "from sqlalchemy.dialects.postgresql import insert\ninsert(Thread)",
        "import sqlalchemy as sa\nsa.text('select 1')",
        "connection.exec_driver_sql('select 1')",
        "from core.db.driver import FixedStatement\nFixedStatement('select 1')",
    ],
)
def test_a_statement_elsewhere_is_seen(source: str) -> None:
    module = snippet("handoff/service.py", source)
    assert not is_allowed(module.path, tuple(PLACES))
    assert len(statements(module)) == 1


def test_a_store_may_and_other_functions_of_those_names_are_none() -> None:
    assert is_allowed("handoff/safety_store.py", tuple(PLACES))
    source = "from core.forms import text\nfrom sqlalchemy import func\ntext('a')\nfunc.count()"
    assert statements(snippet("handoff/pages.py", source)) == []
