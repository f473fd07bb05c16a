"""A turn walks straight: it seldom returns to a file that it had left. Counted in two ways.

A function that is entered is in its file; entries in one file in a row are one stay there; returns are stays less
different files. Comprehensions and lambdas are no functions. Modules that read words (`bot/language`, `core`) are not
counted. Before is 0aa85e1, the code before the turn was made of steps, counted in the same way; at most a third of it
is allowed.

1. By reading, from `take_turn` through the engine (`bot/dialogue`): every function once, in the order in which the text
   calls it (arguments before the call), all branches, methods and flows not followed. Before: 41 stays in 10 files, 31
   returns (`bot/conversation` with `flows/menu.py`, without `wording`, `place_words`, `clauses`).
2. By running, turn by turn: every entry into the engine and the flows (`bot/flows`), without the modules that only hold
   values (before: `said`, `turn`, `memory`, `lasting`). The tables (`bot/triage/tables`) are not counted: they are asked
   item by item, each with its rules.
"""

import ast
import sys
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bot.app import all_flows, load_content
from bot.dialogue.flow import Context
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.language.segmentation import Clause, clauses
from core.ja import ReadText
from core.messages import Answer, Tap, actions_of
from core.understanding import Understanding
from tests.conftest import DATA

ROOT = Path(__file__).parents[2]
ROOMS = ("bot/dialogue/", "bot/flows/")
VALUES = frozenset(
    f"bot/dialogue/{name}.py"
    for name in ("flow", "flow_data", "memory", "memory_entries", "state", "turn", "user_input")
)
CONTENT = load_content(DATA)
FLOWS = all_flows(CONTENT)
CTX = Context(
    datetime(2026, 11, 16, 1, tzinfo=UTC),
    CONTENT.texts,
    CONTENT.cities["iwaki"],
    FLOWS,
    CONTENT.tables,
    "1",
)
OPENING = "昨日から頭が痛いです"
CLINIC = "近くの内科を教えてください"
BEFORE_BY_READING = 31
# Of each turn: the returns before, in engine and flow.
BEFORE = {
    "opening": 13,
    "tap": 6,
    "typed answer": 11,
    "more words": 11,
    "two wishes": 19,
    "more words and a wish": 17,
    "words that are no answer": 14,
}


def says(text: str, intent: str) -> UserInput:
    """Return words as they come, with nothing read in them yet."""
    pieces = clauses(text)
    parts = tuple(
        Clause(piece, Understanding("find_facility" if piece == CLINIC else intent, 0.95)) for piece in pieces
    )
    meaning = Understanding(intent, 0.95)
    return UserInput(
        kind="text", text=ReadText(text), meaning=meaning, clauses=parts if len(parts) > 1 else ()
    )


def tap(turn: Turn, value: str) -> UserInput:
    taps = (action for message in turn.replies for action in actions_of(message) if isinstance(action, Tap))
    answer = next(found for one in taps if (found := Answer.parse(one.data)) and found.value == value)
    return UserInput(kind="postback", answer=answer)


def stored(state: State) -> State:
    return State.from_json(state.to_json(), FLOWS.data_types)


ASKED = take_turn(State(), says(OPENING, "consult_symptom"), CTX)
ASKED_AGAIN = take_turn(stored(ASKED.state), tap(ASKED, "no"), CTX)
TURNS: dict[str, tuple[State, Callable[[], UserInput]]] = {
    "opening": (State(), lambda: says(OPENING, "consult_symptom")),
    "tap": (ASKED_AGAIN.state, lambda: tap(ASKED_AGAIN, "no")),
    "typed answer": (ASKED.state, lambda: says("どれもないです", "deny")),
    "more words": (ASKED.state, lambda: says("吐き気もします", "consult_symptom")),
    "two wishes": (State(), lambda: says(f"{OPENING}。{CLINIC}", "consult_symptom")),
    "more words and a wish": (ASKED.state, lambda: says(f"吐き気もします。{CLINIC}", "consult_symptom")),
    "words that are no answer": (ASKED.state, lambda: says("うーんそうですね", "out_of_scope")),
}


def files_entered(run: Callable[[], Any]) -> list[str]:
    """Return the file of each function that is entered, in order."""
    found: list[str] = []

    def look(frame: FrameType, event: str, _arg: Any) -> None:
        code = frame.f_code
        if event == "call" and not code.co_name.startswith("<") and code.co_filename.startswith(str(ROOT)):
            found.append(Path(code.co_filename).relative_to(ROOT).as_posix())

    sys.setprofile(look)
    try:
        run()
    finally:
        sys.setprofile(None)
    return found


def stays_of(files: list[str], rooms: tuple[str, ...], without: Collection[str] = VALUES) -> list[str]:
    counted = [file for file in files if file.startswith(rooms) and file not in without]
    return [file for before, file in zip(["", *counted], counted, strict=False) if file != before]


@pytest.mark.parametrize("name", BEFORE)
def test_a_turn_returns_at_most_a_third_as_often_as_before(name: str) -> None:
    state, said = stored(TURNS[name][0]), TURNS[name][1]()
    stays = stays_of(files_entered(lambda: take_turn(state, said, CTX)), ROOMS)
    assert 3 * (len(stays) - len(set(stays))) <= BEFORE[name], stays


def test_a_tap_walks_through_each_file_once_but_for_the_turn_and_its_flow() -> None:
    state, said = stored(TURNS["tap"][0]), TURNS["tap"][1]()
    assert stays_of(files_entered(lambda: take_turn(state, said, CTX)), ROOMS) == [
        "bot/dialogue/policy.py",
        "bot/dialogue/interpretation.py",
        "bot/flows/consultation/flow.py",
        "bot/flows/consultation/interview.py",
        "bot/dialogue/moves.py",
        "bot/flows/consultation/flow.py",
        "bot/flows/consultation/questions.py",
        "bot/dialogue/menu.py",
        "bot/flows/buttons.py",
        "bot/dialogue/policy.py",
        "bot/dialogue/leaving.py",
    ]


# By reading


@cache
def source_of(file: str) -> tuple[dict[str, str], dict[str, ast.FunctionDef]]:
    """Return the file that each imported name comes from, and the functions of a module."""
    tree = ast.parse((ROOT / file).read_text())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]
    names = {a.name: f"{(n.module or '').replace('.', '/')}.py" for n in imports for a in n.names}
    return names, {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def calls_of(node: ast.AST) -> Iterator[str]:
    """Yield the names that are called, arguments before the call."""
    for child in ast.iter_child_nodes(node):
        yield from calls_of(child)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield node.func.id


def read_from(file: str, name: str, seen: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the file of each function that is reached, each function once."""
    names, functions = source_of(file)
    if name not in functions:
        file = names.get(name, "")
        functions = source_of(file)[1] if file.startswith("bot/dialogue/") else {}
    if name not in functions or (file, name) in seen:
        return
    seen.add((file, name))
    yield file
    for statement in functions[name].body:
        for called in calls_of(statement):
            yield from read_from(file, called, seen)


def test_who_reads_the_engine_returns_at_most_a_third_as_often_as_before() -> None:
    files = list(read_from("bot/dialogue/policy.py", "take_turn", set()))
    assert {"interpretation", "moves", "policy", "handover"} <= {Path(file).stem for file in files}
    stays = stays_of(files, ROOMS, without=())
    assert 3 * (len(stays) - len(set(stays))) <= BEFORE_BY_READING, stays
