"""The product's own modules, parsed: what the laws of this house are read from."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("bot", "core", "handoff", "facilities", "shop", "nlu")


@dataclass(eq=False)
class Module:
    """One module; `path` is relative to the project's folder, with `/`."""

    path: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        """Everything in it, walked once."""
        return tuple(ast.walk(self.tree))

    def imported_from(self, package: str) -> dict[str, str]:
        """Return what this module imports from a package and those below it: its name here, its name there."""
        return {
            alias.asname or alias.name: alias.name
            for node in self.nodes
            if isinstance(node, ast.ImportFrom) and is_below(node.module or "", package)
            for alias in node.names
        }


def is_below(name: str, package: str) -> bool:
    """Whether a module is a package or stands in it."""
    return name == package or name.startswith(f"{package}.")


def snippet(path: str, source: str) -> Module:
    """Return source that a law must judge as if it stood at `path`."""
    return Module(path, ast.parse(source))


@cache
def product() -> Sequence[Module]:
    """Return every module of the product; tests, migrations and other environments are none."""
    return tuple(
        Module(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not {".venv", "migrations"} & set(path.parts)
    )


def is_in(path: str, places: Sequence[str]) -> bool:
    """Whether a module stands at one of the places: a folder ends with `/`, a file is itself."""
    return any(path.startswith(place) if place.endswith("/") else path == place for place in places)


def called_name(node: ast.AST) -> str:
    """Return the last name of what is called or looked at: `f` of `f()`, `a.b.f()` and `a.f`."""
    if isinstance(node, ast.Call):
        return called_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` as it is written; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a module, methods among them."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
