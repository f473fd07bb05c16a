"""Where templates ask for the staff's words: `t('key', name=…)`, read by Jinja's own parser."""

import re
from collections.abc import Iterator, Sequence
from itertools import product as combinations

from jinja2 import Environment, nodes

from tests.architecture.text_calls import ANY, TextCall


def template_calls(path: str, source: str) -> Iterator[TextCall]:
    """Yield every call of `t` in a template."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]).parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
            fields = frozenset(keyword.key for keyword in call.kwargs)
            yield TextCall(f"{path}:{call.lineno}", path, _keys(call.args[0]) or (), fields)


def _keys(key: nodes.Node) -> tuple[str, ...] | None:
    match key:
        case nodes.Const(value=str(text)):
            return (re.escape(text),)
        case nodes.Concat(nodes=parts):
            return _joined(parts)
        case nodes.Add(left=left, right=right):
            return _joined((left, right))
        case nodes.CondExpr(expr1=first, expr2=second) if second is not None:
            one, other = _keys(first), _keys(second)
            return None if one is None or other is None else (*one, *other)
        case _:
            return None


def _joined(parts: Sequence[nodes.Node]) -> tuple[str, ...]:
    choices = [_keys(part) or (ANY,) for part in parts]
    return tuple("".join(chosen) for chosen in combinations(*choices))
