"""Test the protocol files: complete, sourced, readable, and refused with a clear message if they are not."""

import re
from pathlib import Path

import pytest

from bot.triage.tables.engine import Question, next_question
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import OTHER, load_tables, protocol_problems
from bot.triage.tables.model import MAX_ITEMS, Protocol
from core.db.tables import Urgency
from core.errors import ContentError
from core.ja import folded_lines
from tests.triage.cases import DATA, PROTOCOLS, TOLD, answered, case_of

IDS = sorted(PROTOCOLS)
# What only a doctor may say, and what nobody may promise.
FORBIDDEN = re.compile(
    r"可能性が高|大丈夫|だいじょうぶ|心配(?:いりません|ありません|ない)|受診しなくて|治り|効き(?!目)|[0-9]錠|病です|です病|診断(?:します|は)"
    r"|肺炎|インフルエンザ|髄膜炎|脳卒中|脳梗塞|くも膜下|虫垂炎|盲腸|腸重積|骨折です|熱性けいれん|胃腸炎"
)


def residents_texts(protocol: Protocol) -> list[str]:
    items = [item.text for item in protocol.own_items]
    return [
        *items,
        protocol.because_all_negative,
        *(line.text for line in protocol.first_aid),
        *protocol.worse,
        *protocol.soon,
    ]


def test_there_are_protocols_for_what_residents_complain_of_most() -> None:
    assert set(IDS) == set(TOLD)


@pytest.mark.parametrize(
    ("protocol", "level"),
    [
        ("fever_adult", "green"),
        ("headache_adult", "orange"),
        ("abdominal_pain_adult", "orange"),
        ("chest_pain_adult", "orange"),
        ("breathlessness_adult", "orange"),
        ("injury_adult", "green"),
        ("fever_child", "green"),
        ("convulsion_child", "orange"),
        ("vomiting_child", "green"),
        ("other", "yellow"),
    ],
)
def test_without_a_finding_the_level_is_that_of_the_table(protocol: str, level: str) -> None:
    assert answered(case_of(protocol))[1].urgency is Urgency(level)


@pytest.mark.parametrize("protocol", IDS)
def test_every_item_has_a_source_and_none_pretends_to_be_reviewed(protocol: str) -> None:
    marks = {source.mark for source in PROTOCOLS.common.source}
    shared = (*PROTOCOLS.common.first_check, *PROTOCOLS.common.modifiers)
    for item in (*PROTOCOLS[protocol].own_items, *shared):
        assert set(item.mark) <= marks
    assert not PROTOCOLS[protocol].is_signed


@pytest.mark.parametrize("protocol", IDS)
def test_nothing_says_what_only_a_doctor_may_say(protocol: str) -> None:
    common = PROTOCOLS.common
    wording = [w.because + w.because_unknown + w.text for w in common.wording.values()]
    advice = [line for lines in common.advice.values() for line in lines]
    said = [*residents_texts(PROTOCOLS[protocol]), *wording, *advice]
    assert [text for text in said if FORBIDDEN.search(text)] == []


@pytest.mark.parametrize("protocol", IDS)
def test_every_question_fits_a_phone_and_an_old_reader(protocol: str) -> None:
    case = case_of(protocol)
    given: dict[str, str] = {}
    while isinstance(step := next_question(case, given), Question):
        lines = [line for line in step.text.splitlines() if line.startswith("・")]
        assert 1 <= len(lines) <= MAX_ITEMS
        assert all(len(line) <= 28 for line in lines)
        assert [option.value for option in step.options] == ["yes", "no", "unknown"]
        given[step.id] = "unknown" if step.stage == "red" else "no"


def test_what_is_asked_first_is_the_first_check_of_seven() -> None:
    step = next_question(case_of("fever_adult"), {})
    assert isinstance(step, Question)
    assert "・呼びかけても返事がない" in step.text
    assert step.text.count("・") == 7


@pytest.mark.parametrize("protocol", IDS)
def test_children_go_to_a_paediatrician_and_adults_do_not(protocol: str) -> None:
    is_child = PROTOCOLS[protocol].audience == "child"
    assert ("小児科" in answered(case_of(protocol))[1].departments) is is_child


@pytest.mark.parametrize("protocol", IDS)
def test_an_item_that_is_written_as_it_stands_is_recognised(protocol: str) -> None:
    """What a list says word for word is the least that its own patterns must know."""
    items = (*PROTOCOLS[protocol].own_items, *PROTOCOLS.common.modifiers)
    unknown = [
        item.text
        for item in items
        if item.words
        and not item.given.model_fields_set
        and not item.is_told(folded_lines(item.text), Facts())
    ]
    assert unknown == []


def copied(tmp_path: Path, name: str, wrong: str, right: str) -> Path:
    for source in [*(DATA / "triage" / "protocols").glob("*.yml"), DATA / "triage" / "common.yml"]:
        target = tmp_path / source.relative_to(DATA)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        assert source.name != name or wrong in text
        target.write_text(text.replace(wrong, right, 1) if source.name == name else text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "wrong", "right", "says"),
    [
        ("common.yml", "if_yes: red", "if_yes: crimson", r"common\.yml:\d+: wording\.first_check\.if_yes: "),
        ("common.yml", "    if_unknown: red", "    if_unknown: green", "first check is red for yes and for"),
        ("common.yml", "unassessed: yellow", "unassessed: green", "what nobody assessed is yellow at least"),
        (
            "fever_adult.yml",
            "mark: F",
            "mark: Z",
            r"fever_adult\.yml:\d+: convulsion_now: .*'Z' is not explained",
        ),
        ("fever_adult.yml", "起き上がれ(?", "起き上がれ((?", r"fever_adult\.yml:\d+: red\.0\.words\.0: "),
        ("fever_adult.yml", "熱中症|", "ネッチュウ|", r"'ネ' never occurs in folded text"),
        ("fever_adult.yml", "status: draft", "status: reviewed", r"yml:\d+: status: .*`helpo triage sign`"),
        ("fever_adult.yml", "status: draft", "is_signed: true", r"yml:\d+: is_signed: .*`helpo triage sign`"),
        ("fever_adult.yml", "status: draft", "status: [", r"fever_adult\.yml:\d+: "),
        ("fever_adult.yml", "id: fever_adult", "id: fever", "named 'fever_adult.yml'"),
        ("fever_adult.yml", "complaint: fever", "complaint: fewer", r"yml:\d+: complaint: 'fewer' is not in"),
        ("fever_adult.yml", "[age65,", "[age66,", r"yml:\d+: modifiers: 'age66' is not in"),
        ("fever_adult.yml", "text: 息が苦しい", "text: 息がつらい", r"hard_to_breathe: another file says"),
        ("headache_adult.yml", "because_all_negative", "# because", "because_all_negative must say why"),
        ("other.yml", "id: other", "id: others", "named 'other.yml'"),
        ("vomiting_child.yml", "complaint: vomiting", "complaint: fever", "for the same complaint and ages"),
    ],
)
def test_a_broken_file_is_refused_with_file_line_and_reason(
    tmp_path: Path, name: str, wrong: str, right: str, says: str
) -> None:
    with pytest.raises(ContentError, match=says):
        load_tables(copied(tmp_path, name, wrong, right))


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    folder = copied(tmp_path, "fever_adult.yml", "status: draft", "status: [")
    (folder / "triage/protocols/other.yml").unlink()
    (folder / "triage/protocols/fever_child.yml").write_text("id: fever_child\n", encoding="utf-8")
    problems = "\n".join(protocol_problems(folder))
    assert "fever_adult.yml" in problems
    assert "fever_child.yml" in problems


def test_complaints_without_a_table_always_have_one_to_fall_back_on(tmp_path: Path) -> None:
    folder = copied(tmp_path, "", "", "")
    (folder / f"triage/protocols/{OTHER}.yml").unlink()
    with pytest.raises(ContentError, match=r"other\.yml is missing"):
        load_tables(folder)


@pytest.mark.parametrize("protocol", IDS)
def test_no_pattern_has_slipped_into_what_residents_read(protocol: str) -> None:
    assert [text for text in residents_texts(PROTOCOLS[protocol]) if re.search(r"[|?\\\[\]]", text)] == []
