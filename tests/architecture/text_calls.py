"""Where code asks for a text, which keys it may ask for there, and what it fills in."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as combinations

from tests.architecture.sources import Module, called_name, functions

# One segment of a key that is put together, as far as it is not written out.
ANY = "[a-z0-9_-]+"


@dataclass(frozen=True)
class TextCall:
    """A call `texts("key", name=…)`. `keys` are patterns of the keys it may mean; none: they cannot be read here."""

    place: str  # path, line
    owner: str  # path, function: what a list of exceptions names
    keys: tuple[str, ...]
    fields: frozenset[str]


def text_calls(module: Module, callees: Sequence[str]) -> Iterator[TextCall]:
    """Yield every call of one of `callees` in a module."""
    for function in functions(module):
        assigned = _assigned(function)
        for node in _own(function):
            if isinstance(node, ast.Call) and called_name(node) in callees and node.args:
                yield TextCall(
                    f"{module.path}:{node.lineno}",
                    f"{module.path}:{function.name}",
                    _keys(node.args[0], assigned) or (),
                    frozenset(keyword.arg or "**" for keyword in node.keywords),
                )


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in a function, without the functions in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own(child)


def _assigned(function: ast.AST) -> Mapping[str, list[ast.expr]]:
    """Return what names stand for in a function: what is assigned to them, and what they run through."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        match node:
            case (
                ast.For(target=ast.Name(id=name), iter=ast.Tuple(elts=values))
                | ast.comprehension(target=ast.Name(id=name), iter=ast.Tuple(elts=values))
            ):
                found.setdefault(name, []).extend(values)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                found.setdefault(name, []).append(value)
    return found


def _keys(key: ast.expr, assigned: Mapping[str, list[ast.expr]]) -> tuple[str, ...] | None:
    """Return patterns of all that an expression may be; None when it cannot be read here."""
    match key:
        case ast.Constant(value=str(text)):
            return (re.escape(text),)
        case ast.JoinedStr(values=parts):
            # A part that is one of a few written words is each of them; any other may be any word.
            choices = [_keys(part, assigned) or (ANY,) for part in parts]
            return tuple("".join(chosen) for chosen in combinations(*choices))
        case ast.FormattedValue(value=value):
            return _keys(value, assigned)
        case ast.IfExp(body=body, orelse=other):
            return _each((body, other), assigned)
        case ast.Name(id=name) if name in assigned:
            return _each(assigned[name], {k: v for k, v in assigned.items() if k != name})
        case _:
            return None


def _each(values: Sequence[ast.expr], assigned: Mapping[str, list[ast.expr]]) -> tuple[str, ...] | None:
    found = [_keys(value, assigned) for value in values]
    return None if None in found else tuple(key for keys in found if keys for key in keys)


def mistakes(calls: Sequence[TextCall], texts: Mapping[str, frozenset[str]]) -> list[str]:
    """Return where a key means no text, or where texts and fields differ. `texts` has placeholders by key."""
    found = []
    for call in calls:
        for pattern in call.keys:
            meant = [key for key in texts if re.fullmatch(pattern, key)]
            if not meant:
                found.append(f"{call.place}: there is no text '{_readable(pattern)}'")
            found += [
                f"{call.place}: '{key}' needs {_listed(texts[key])}, the call fills {_listed(call.fields)}"
                for key in meant
                if texts[key] != call.fields
            ]
    return found


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _readable(pattern: str) -> str:
    return pattern.replace(ANY, "*").replace("\\", "")
