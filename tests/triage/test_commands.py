"""Test `helpo triage run`, `screen` and `check`: talks on the terminal, by the code that answers in LINE."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.commands.triage_session import AT, TriageSession, answer_lines, converse, open_content, patient
from bot.dialogue.memory import Memory
from bot.dialogue.state import State
from bot.triage.commands import content_problems
from bot.triage.tables.facts import Facts
from core.errors import ContentError
from tests.triage.cases import DATA

CONTENT = open_content(DATA, "iwaki")
NONE, SOME, UNSURE = "どれもない", "ひとつでもある", "わからない"
NOT_ALL = "あてはまらないことがある"


class TerminalSession:
    """A resident at the terminal: words are written, a label that can be tapped is tapped."""

    def __init__(self, known: Facts | None = None, asked: str = "") -> None:
        memory = Memory(person=known.to_json() if known else None)
        if asked:
            memory = memory.with_asked(asked, AT)
        self.rehearsal = TriageSession(CONTENT, State(memory=memory))
        self.last: dict[str, Any] = {}

    def __call__(self, *words: str) -> str:
        for word in words:
            assert not self.rehearsal.is_over, f"over before {word}"
            can_tap = word in self.last.get("actions", ())
            self.last = self.rehearsal.press(word) if can_tap else self.rehearsal.hear(word)
        text: str = self.last.get("text", "")
        return text

    @property
    def urgency(self) -> str | None:
        urgency: str | None = self.last.get("urgency")
        return urgency


def to_the_end(talk: TerminalSession) -> None:
    """Answer all that is still asked with no, or with the first button where a number is asked."""
    for _ in range(12):
        if talk.urgency is not None:
            return
        actions = talk.last["actions"]
        talk(next((label for label in (NONE, NOT_ALL, "ほかにはない") if label in actions), actions[0]))
    raise AssertionError(f"no end: {talk.last}")


def test_a_fever_and_a_headache_are_one_consultation() -> None:
    talk = TerminalSession()
    first = talk("昨日から熱があって頭が痛いです")
    assert "頭の痛みと熱ですね" in first
    assert "質問は" in first
    assert "あなたのこととして" in first
    to_the_end(talk)
    assert (talk.urgency, talk.last["protocols"]) == ("green", ["headache_adult", "fever_adult"])
    assert any(finding["answer"] == NONE for finding in talk.last["findings"])


def test_whom_it_is_about_is_asked_once_and_leads_to_the_right_table() -> None:
    talk = TerminalSession()
    assert "どなたのことですか" in talk("熱があります")
    assert "何歳ですか" in talk("子ども（15歳以下）")
    assert "目が合わない" in talk("1〜5歳")
    to_the_end(talk)
    assert talk.last["protocols"] == ["fever_child"]


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        ("自分です", "熱ですね"),
        ("１番", "熱ですね"),
        ("夫です", "その方の熱"),
        ("3歳の息子です", "お子さんの熱"),
        ("うちの子", "お子さんの熱"),
        ("7", "お子さんの熱"),
        ("七十五歳の母", "その方の熱"),
    ],
)
def test_whom_it_is_about_may_be_typed(reply: str, first: str) -> None:
    talk = TerminalSession()
    assert first in talk("熱があります", reply)


def test_an_assumption_about_the_person_can_be_corrected() -> None:
    talk = TerminalSession()
    talk("おなかが痛いです")
    assert "どなたのことですか" in talk("ほかの人のことです")
    assert "お子さん" in talk("子ども（15歳以下）")
    to_the_end(talk)
    assert talk.last["protocols"][0] in {"belly_child", "belly_toddler"}


def test_somebody_corrects_in_words_whom_it_is_about() -> None:
    talk = TerminalSession()
    talk("頭が痛いです")
    assert "お子さん" in talk("5歳の娘です")


@pytest.mark.parametrize(
    "typed", ["どれもない", "2", "２", "ない", "いいえ", "どれもないです", "特にないです", "ないと思う", "②"]
)
def test_no_may_be_typed(typed: str) -> None:
    talk = TerminalSession(patient(age="30"))
    first = talk("頭が痛い")
    assert "同じ部屋の人も" in first
    assert "次のことは全部あてはまりますか" in talk(typed)


@pytest.mark.parametrize(
    "typed", ["ひとつでもある", "1", "はい", "ひとつあります", "いくつかあてはまります", "あります"]
)
def test_yes_may_be_typed(typed: str) -> None:
    talk = TerminalSession(patient(age="30"))
    talk("熱があります", typed)
    assert talk.urgency == "red"


def test_one_of_a_list_is_named_with_a_button() -> None:
    talk = TerminalSession(patient(age="30"))
    talk("頭が痛い", NONE, NOT_ALL, SOME)
    assert "どれですか" in talk.last["text"]
    talk("片方の目が痛くて赤い、かすむ")
    to_the_end(talk)
    assert talk.urgency == "orange"
    assert talk.last["findings"][0]["question"] == "片方の目が痛くて赤い、かすむ"


def test_well_in_all_ends_white() -> None:
    talk = TerminalSession(patient(age="30", sex="f"))
    talk("いつもの頭痛がします", NONE, "全部あてはまる")
    to_the_end(talk)
    assert talk.urgency == "white"


def test_an_item_named_in_words_is_a_yes_unless_it_is_denied() -> None:
    talk = TerminalSession(patient(age="30"))
    talk("熱があります")
    again = talk("息は苦しくないです")
    assert talk.urgency is None
    assert "ぼんやりする" in again
    talk("はい、息が苦しいです")
    assert talk.urgency == "red"
    assert talk.last["actions"][0] == "119番に電話する"


def test_going_back_asks_again_and_keeps_the_level() -> None:
    talk = TerminalSession(patient(age="30"))
    talk("頭が痛い", NONE, NOT_ALL, SOME, "片方の目が痛くて赤い、かすむ")
    if talk.urgency is None:
        talk("前の質問にもどる")
        to_the_end(talk)
    assert talk.urgency == "orange"


def test_more_symptoms_bring_their_table_and_lose_no_answer() -> None:
    talk = TerminalSession(patient(age="30"))
    talk("頭が痛い", NONE)
    told = talk("胸も痛くなってきました", "押すと痛い、息を吸うと痛い")
    assert "続けてうかがいます" in told
    assert "締めつけ" in told + talk(NONE)
    to_the_end(talk)
    assert set(talk.last["protocols"]) == {"chest_pain_adult", "headache_adult"}


def test_more_words_never_lower_the_level() -> None:
    talk = TerminalSession(asked="infant_under_3m")
    talk("生後2か月の赤ちゃんが38度の熱です")
    talk("やっぱり4か月でした")
    to_the_end(talk)
    assert talk.urgency in {"orange", "red"}


def test_red_ends_at_once_and_119_comes_first() -> None:
    talk = TerminalSession(patient(age="50"))
    talk("おなかが痛い", SOME)
    assert talk.urgency == "red"
    assert talk.last["actions"][0] == "119番に電話する"


def test_doubt_that_stays_brings_a_nurse() -> None:
    talk = TerminalSession(patient(age="50"))
    talk("頭が痛い", UNSURE)
    assert "目で見てわかること" in talk.last["text"]
    said = talk(UNSURE)
    assert talk.urgency == "orange"
    assert "看護師にも伝えました" in said


def test_a_complaint_without_a_table_is_asked_by_the_general_one_and_never_white() -> None:
    talk = TerminalSession(patient(age="8"))
    talk("頭が痛いと言っています", NONE)
    to_the_end(talk)
    assert (talk.urgency, talk.last["protocols"]) == ("green", [])


def test_what_is_the_matter_is_asked_and_thanks_are_no_complaint() -> None:
    talk = TerminalSession()
    assert "どのような具合ですか" in talk("相談したいです")
    assert "どのような具合ですか" in talk("ありがとう")
    assert "質問は" in talk("めまいがします")


def test_other_words_are_no_answer_and_the_question_stays() -> None:
    talk = TerminalSession(patient(age="30"))
    first = talk("熱があります")
    assert "ぼんやりする" in first
    assert "ぼんやりする" in talk("いくらかかりますか")


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_red_flag_ends_it_in_every_state(step: int) -> None:
    talk = TerminalSession(patient(age="30"))
    talk(*["頭が痛い", NONE, NOT_ALL][:step])
    said = talk("父が急に倒れて返事をしません")
    assert "119番" in said
    assert (talk.urgency, talk.last["protocols"]) == ("red", [])


def test_who_wants_to_die_is_heard() -> None:
    talk = TerminalSession()
    talk("もう死にたいです")
    assert talk.urgency == "orange"


def test_json_lines_go_in_and_out() -> None:
    lines = [
        '{"text": "頭が痛い"}',
        "",
        '{"tap": "どれもない"}',
        '{"tap": "全部あてはまる"}',
        '{"tap": "どれもない"}',
    ]
    out = [json.loads(line) for line in answer_lines(CONTENT, lines, patient(age="45", sex="f"))]
    assert all({"text", "actions"} <= turn.keys() for turn in out)
    assert [turn.get("urgency") for turn in out[:-1]] == [None] * (len(out) - 1)
    assert out == [json.loads(line) for line in answer_lines(CONTENT, lines, patient(age="45", sex="f"))]
    red = ['{"text": "頭が痛い"}', '{"tap": "ひとつでもある"}']
    last = [json.loads(line) for line in answer_lines(CONTENT, red, patient(age="45", sex="f"))][-1]
    assert (last["urgency"], last["protocols"]) == ("red", ["headache_adult"])
    assert {"question", "answer"} == last["findings"][0].keys()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['{"text": "頭が痛い"}', "{"], "line 2: is no JSON"),
        (['{"words": "頭が痛い"}'], "line 1: needs"),
        (['{"text": 3}'], "line 1: needs"),
        (["[]"], "line 1: needs"),
        (
            ['{"text": "頭が痛い"}', '{"tap": "はい"}'],
            "line 2: there is no button 'はい' to press; there are: ",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named(lines: list[str], says: str) -> None:
    with pytest.raises(ContentError, match=says):
        list(answer_lines(CONTENT, lines, patient(age="45")))


@pytest.mark.parametrize(("age", "sex"), [("x", ""), ("-3", ""), ("200", ""), ("", "w"), ("8mm", "")])
def test_options_that_make_no_sense_are_refused(age: str, sex: str) -> None:
    with pytest.raises(ContentError, match=r"--age|--sex"):
        patient(age, sex)


def test_the_options_say_whom_it_is_about() -> None:
    assert patient("8m") == Facts(audience="child", months=8)
    assert patient("45", "m") == Facts(audience="adult", months=540, sex="m")
    assert patient(is_pregnant=True) == Facts(audience="adult", sex="f", is_pregnant=True)
    out = list(answer_lines(CONTENT, ['{"text": "熱があります"}'], patient("2m")))
    assert "お子さんの熱" in json.loads(out[0])["text"]


def test_a_talk_at_the_terminal_takes_labels_and_words() -> None:
    said = list(
        converse(
            CONTENT,
            ["頭が痛い\n", "ないです\n", "あてはまらないことがある\n", "ひとつでもある\n"],
            patient("45"),
        )
    )
    assert len(said) == 4
    assert "［どれもない］" in said[0]
    assert "［全部あてはまる］" in said[1]
    assert "どれですか" in said[-1]


def test_the_content_of_this_project_has_no_problem() -> None:
    assert content_problems(DATA) == []


def helpo(*arguments: str, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "bot", "triage", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd or root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )


def test_the_commands_need_no_settings_and_no_servers(tmp_path: Path) -> None:
    run = helpo("run", "--json", "--age", "45", stdin='{"text": "息をしていません"}\n')
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["urgency"] == "red"
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"text": "息をしていません"}\n{"text": "こんにちは"}\n', encoding="utf-8")
    screened = helpo("screen", "--json", str(lines))
    assert [json.loads(line) for line in screened.stdout.splitlines()] == [
        {"text": "息をしていません", "red_flag": True, "category": "cardiac_arrest"},
        {"text": "こんにちは", "red_flag": False, "category": None},
    ]
    check = helpo("check")
    assert (check.returncode, check.stderr) == (0, "")
    assert "fever_adult" in check.stdout


def test_bad_input_is_one_clear_line_and_exit_code_2(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"text": "熱"}\nnonsense\n', encoding="utf-8")
    shutil.copytree(DATA, tmp_path / "data")
    broken = tmp_path / "data/triage/tables/fever_adult.yml"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("source: [GK], ", "source: [Zz], ", 1), encoding="utf-8"
    )
    for answer, says in (
        (helpo("screen", "--json", str(lines)), "lines.jsonl:2: is no JSON"),
        (helpo("run", "--json", stdin="nonsense\n"), "line 1: is no JSON"),
        (helpo("run", "--json", "--age", "old"), "--age must be"),
        (helpo("check", cwd=tmp_path), "source mark 'Zz' is not explained"),
    ):
        assert answer.returncode == 2
        assert says in answer.stderr
        assert "Traceback" not in answer.stderr
