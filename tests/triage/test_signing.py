"""Signing a category, and what loses the signature: `helpo triage sign` and `check`."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.commands.signing import Signing, sign, withdraw
from bot.triage.commands import content_problems
from bot.triage.danger.danger_card import danger_card
from bot.triage.danger.danger_review import concept_names
from bot.triage.danger.danger_rules import read_dangers
from bot.triage.danger.danger_screen import load_danger_screen
from bot.triage.danger.safety import load_safety
from bot.triage.review.reviews import open_reviews
from bot.triage.review.standing import signature_lines, signature_problems
from bot.triage.tables.case import open_case
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import load_tables
from bot.triage.tables.result import Result
from bot.triage.tables.table_review import rule_concepts
from core.content import may_run
from core.content.signatures import Signature, write_signature
from core.db.tables import Profession
from core.errors import ContentError
from core.lexicon.concepts import read_lexicon
from core.messages import plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.conftest import DATA
from tests.triage.cases import TABLES, answered
from tests.triage.small_content import copy_tables, rules_of

TODAY = date(2026, 11, 26)
SIGNING = Signing("見本 監子", "doctor", "第１２３４５６号", "2026-11-20", "よい")


KEPT = ("snake_bee", "stroke")
KEPT_TABLES = ("motion", "other_adult")


@pytest.fixture(scope="session")
def small_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the content with two dangers, two tables and their concepts: reading all of the lexicon takes its time."""
    folder = tmp_path_factory.mktemp("signing") / "data"
    copy_tables(folder, *KEPT_TABLES)
    triage = folder / "triage"
    for name in ("dangers", "safety"):
        (triage / name).mkdir()
        for danger in KEPT:
            shutil.copy(DATA / "triage" / name / f"{danger}.yml", triage / name)
    (triage / "danger_order.yml").write_text(f"order: [{', '.join(KEPT)}]\n")
    # The red items name dangers that are left out here.
    for path in (triage / "common.yml", *(triage / "tables").glob("*.yml")):
        named = re.sub(r"danger: [a-z_0-9]+(?=[,}])", "danger: stroke", path.read_text())
        path.write_text(re.sub(r"danger_order:\n(?:  - .*\n)+", "danger_order: [stroke]\n", named))
    (triage / "same_or_worse.yml").write_text("signs: {}\n")
    (triage / "review.yml").write_text(_review_notes((triage / "review.yml").read_text()))
    complaints = {"motion", "other"}
    names = {name for danger in read_dangers(folder) for name in concept_names(danger)}
    names |= set(rule_concepts(rules_of(complaints, KEPT_TABLES)))
    concepts = {
        name: concept.model_dump(mode="json", exclude_defaults=True)
        for name, concept in read_lexicon(DATA).concepts.items()
        if name in names
    }
    (folder / "lexicon" / "all.yml").write_text(yaml.safe_dump({"concepts": concepts}, allow_unicode=True))
    return folder


def _review_notes(source: str) -> str:
    """Return the notes without the open points of categories that are left out."""
    notes = yaml.safe_load(source)
    notes["open"] = {
        name: points for name, points in notes.get("open", {}).items() if name in {*KEPT, *KEPT_TABLES}
    }
    return yaml.safe_dump(notes, allow_unicode=True)


@pytest.fixture
def data(small_content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy to change; the loader that remembers a folder forgets it."""
    # The tables' rules are read with the words of this project, which are read already; signatures with those of the copy.
    monkeypatch.setattr("bot.triage.tables.loader.load_lexicon", lambda _: TABLES.lexicon)
    shutil.copytree(small_content, tmp_path / "data")
    load_safety.cache_clear()
    yield tmp_path / "data"
    load_safety.cache_clear()


def signed(data: Path, category: str) -> None:
    """Sign without the check of all content, which takes seconds."""
    reviews = open_reviews(data)
    found = reviews.category(category)
    signature = Signature.make(
        found.kind,
        found.id,
        found.version,
        reviews.parts(found),
        reviewer="見本 監子",
        profession=Profession.DOCTOR,
        licence="123456",
        signed_on=TODAY,
    )
    write_signature(data, signature)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def line_of(data: Path, category: str) -> str:
    return next(line for line in signature_lines(data) if line.startswith(f"{category} "))


def is_signed(data: Path, danger: str) -> bool:
    load_safety.cache_clear()
    return load_safety(data)[danger].is_signed


def test_signing_makes_a_danger_signed_and_withdrawing_unsigned(data: Path) -> None:
    assert not is_signed(data, "snake_bee")
    path = sign(data, "snake_bee", SIGNING, TODAY)
    assert path == data / "triage/signatures/danger/snake_bee.yml"
    assert is_signed(data, "snake_bee")
    assert not is_signed(data, "stroke")
    assert line_of(data, "danger/snake_bee") == "danger/snake_bee 0.1: signed, 見本 監子, 2026-11-20"
    assert content_problems(data) == []
    assert withdraw(data, "snake_bee") == "danger/snake_bee"
    assert not is_signed(data, "snake_bee")
    assert line_of(data, "danger/snake_bee") == "danger/snake_bee 0.1: unsigned"
    with pytest.raises(ContentError, match="'snake_bee' is not signed"):
        withdraw(data, "snake_bee")


CHANGES: list[tuple[str, Callable[[Path], None], str]] = [
    (
        "a rule's sentence",
        lambda data: change(
            data / "triage/dangers/snake_bee.yml", "says: ハチにたくさん", "says: ハチにいくつも"
        ),
        "red/many-stings",
    ),
    (
        "how near the words must stand",
        lambda data: change(data / "triage/dangers/snake_bee.yml", "within: 25", "within: 26"),
        "ask/",
    ),
    (
        "a form of a concept",
        lambda data: change(data / "lexicon/all.yml", "- ヤマカガシ\n", "- ヤマカガシ\n    - くちなわ\n"),
        "concept/snake",
    ),
    (
        "a safety answer",
        lambda data: change(data / "triage/safety/snake_bee.yml", "leads: table", "leads: yellow"),
        "safety/answers",
    ),
    (
        "first aid",
        lambda data: change(data / "triage/safety/snake_bee.yml", "吸わない、", ""),
        "safety/steps",
    ),
    (
        "the version",
        lambda data: change(data / "triage/dangers/snake_bee.yml", 'version: "0.1"', 'version: "0.2"'),
        "about",
    ),
]


@pytest.mark.parametrize(("what", "alter", "named"), CHANGES, ids=[change[0] for change in CHANGES])
def test_a_change_loses_the_signature_and_check_names_it(
    small_content: Path, data: Path, what: str, alter: Callable[[Path], None], named: str
) -> None:
    signed(data, "snake_bee")
    signed(data, "stroke")
    assert is_signed(data, "snake_bee")
    alter(data)
    assert not is_signed(data, "snake_bee"), what
    line = line_of(data, "danger/snake_bee")
    assert ": stale, 見本 監子" in line
    assert f"changed since: {named}" in line
    # A word that only this danger's rules use costs no other signature.
    assert is_signed(data, "stroke")
    # The old words come back: so does the signature.
    for name in ("triage/dangers", "triage/safety", "lexicon"):
        shutil.copytree(small_content / name, data / name, dirs_exist_ok=True)
    assert is_signed(data, "snake_bee")


def test_a_concept_that_two_dangers_use_costs_both_signatures(data: Path) -> None:
    reviews = open_reviews(data)
    users = [
        one.id
        for one in reviews.categories
        if one.kind == "danger" and "concept/unresponsive" in reviews.parts(one)
    ]
    assert len(users) > 1
    for danger in users:
        signed(data, danger)
    change(data / "lexicon/all.yml", "  unresponsive:\n", "  unresponsive:\n    gap: 8\n")
    assert {danger for danger in users if is_signed(data, danger)} == set()


def test_a_change_of_the_review_lines_or_of_another_danger_costs_nothing(data: Path) -> None:
    signed(data, "snake_bee")
    change(data / "triage/dangers/snake_bee.yml", "reviewer: null\nstatus: draft\n", "")
    change(data / "triage/safety/stroke.yml", "saw: ", "saw: はい。")
    assert is_signed(data, "snake_bee")


def test_tables_are_signed_apart_from_what_they_share(data: Path) -> None:
    case = open_case(SICK, Facts(audience="adult"), load_tables(data))
    assert [table.id for table in case.tables] == ["motion"]
    signed(data, "motion")
    tables = load_tables(data)
    assert tables["motion"].is_signed
    assert not tables["other_adult"].is_signed
    assert not may_run(tables.common, tables["motion"], runs_drafts=False)
    signed(data, "common")
    tables = load_tables(data)
    assert may_run(tables.common, tables["motion"], runs_drafts=False)
    assert not ended(data).is_draft
    change(
        data / "triage/tables/motion.yml",
        "text: 何度もくり返して、困っている",
        "text: 何度もあって、困っている",
    )
    assert ended(data).is_draft
    assert "changed since: green/often" in line_of(data, "table/motion")
    assert line_of(data, "table/common").endswith("signed, 見本 監子, 2026-11-26")


def test_a_word_that_tells_an_item_is_signed_with_its_table(data: Path) -> None:
    signed(data, "motion")
    signed(data, "other_adult")
    change(data / "lexicon/all.yml", "  often_again_d:\n", "  often_again_d:\n    gap: 8\n")
    assert "changed since: words/often_again_d" in line_of(data, "table/motion")
    assert ": signed" in line_of(data, "table/other_adult")


SICK = "船酔いしました"


def ended(data: Path) -> Result:
    case = open_case(SICK, Facts(audience="adult"), load_tables(data))
    return answered(case)[1]


def test_a_signed_danger_has_a_card_without_the_mark_and_an_unsigned_one_a_card_all_the_same(
    cities: dict[str, Municipality], texts: Texts, data: Path
) -> None:
    draft = load_safety(data)["stroke"]
    card = plain_text(danger_card(draft, cities["iwaki"], texts))
    assert "119" in card
    assert "未監修" in card
    signed_card = plain_text(
        danger_card(draft.model_copy(update={"is_signed": True}), cities["iwaki"], texts)
    )
    assert "119" in signed_card
    assert "未監修" not in signed_card


@pytest.mark.parametrize(
    ("category", "signing", "says"),
    [
        ("strok", SIGNING, "no category 'strok'"),
        ("../stroke", SIGNING, "no category"),
        ("all", SIGNING, "no category 'all'"),
        ("stroke", replace(SIGNING, name=" "), r"^--name: missing"),
        ("stroke", replace(SIGNING, licence=""), r"^--licence: missing"),
        ("stroke", Signing("", "", "", ""), r"^--name, --profession, --licence, --date: missing"),
        ("stroke", replace(SIGNING, licence="ある"), r"^--licence: 'ある'"),
        ("stroke", replace(SIGNING, profession="nurse"), r"^--profession: 'nurse': a doctor signs"),
        ("stroke", replace(SIGNING, signed_on="2026-11-27"), r"^--date: 2026-11-27 cannot be: today is 2026"),
        ("stroke", replace(SIGNING, signed_on="1026-11-26"), r"^--date: 1026-11-26 cannot be"),
        ("stroke", replace(SIGNING, signed_on="11月26日"), r"^--date: '11月26日' is no date"),
        ("stroke", replace(SIGNING, name="見本\u202e子"), r"^--name: .*cannot be seen"),
        (
            "stroke",
            replace(SIGNING, sheet="123456789abc"),
            r"^--sheet: the content is now sheet [0-9a-f]{12}",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, data: Path, category: str, signing: Signing, says: str
) -> None:
    # Whole content is the other test's; it takes seconds.
    monkeypatch.setattr("bot.commands.signing.content_problems", lambda _: [])
    with pytest.raises(ContentError, match=says):
        sign(data, category, signing, TODAY)
    assert not (data / "triage/signatures").exists()


def test_the_number_on_the_sheet_is_that_of_the_content(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setattr("bot.commands.signing.content_problems", lambda _: [])
    reviews = open_reviews(data)
    number = reviews.review(reviews.category("stroke")).number
    version = reviews.category("stroke").version
    change(data / "triage/dangers/stroke.yml", f'version: "{version}"', 'version: "9.9"')
    with pytest.raises(ContentError, match="it has changed since"):
        sign(data, "stroke", replace(SIGNING, sheet=number), TODAY)
    change(data / "triage/dangers/stroke.yml", 'version: "9.9"', f'version: "{version}"')
    assert sign(data, "stroke", replace(SIGNING, sheet=number.upper()), TODAY).exists()


def test_content_that_is_not_whole_is_not_signed(data: Path) -> None:
    change(data / "triage/dangers/snake_bee.yml", "silent: マムシを見ました", "silent: マムシに足を噛まれた")
    load_danger_screen.cache_clear()
    with pytest.raises(
        ContentError, match=r"the content is not whole\n.*viper-bite: hears 'マムシに足を噛まれた'"
    ):
        sign(data, "snake_bee", SIGNING, TODAY)
    assert not (data / "triage/signatures").exists()


def test_a_signature_of_what_is_no_more_is_a_problem_and_can_be_withdrawn(data: Path) -> None:
    signed(data, "snake_bee")
    for name in ("dangers", "safety"):
        (data / "triage" / name / "snake_bee.yml").unlink()
    change(data / "triage/danger_order.yml", "snake_bee, ", "")
    assert [
        line for line in signature_problems(data) if "snake_bee.yml:1: id: no danger has this name" in line
    ]
    assert withdraw(data, "danger/snake_bee") == "danger/snake_bee"
    assert signature_problems(data) == []


def test_a_broken_signature_stops_the_start_and_can_be_withdrawn(data: Path) -> None:
    signed(data, "stroke")
    path = data / "triage/signatures/danger/stroke.yml"
    change(path, "name: 見本 監子", "name: 見本 監男")
    load_safety.cache_clear()
    with pytest.raises(ContentError, match=r"stroke\.yml:\d+: checksum: .*changed by hand"):
        load_safety(data)
    assert any("changed by hand" in line for line in signature_problems(data))
    withdraw(data, "stroke")
    assert not is_signed(data, "stroke")


def test_without_signatures_the_lexicon_need_not_be_read(data: Path) -> None:
    shutil.rmtree(data / "lexicon")
    load_safety.cache_clear()
    assert not load_safety(data)["stroke"].is_signed


def test_every_signature_of_this_project_fits_its_content() -> None:
    assert signature_problems(DATA) == []


def test_the_commands_sign_check_show_and_refuse_in_one_line(data: Path) -> None:
    root = Path(__file__).parents[2]

    def helpo(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "triage", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
            cwd=data.parent,
            env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )

    doctor = ("--name", "見本 監子", "--profession", "医師", "--licence", "123456")
    done = helpo("sign", "stroke", *doctor, "--date", "2026-01-05")
    assert (done.returncode, done.stderr) == (0, "")
    assert "data/triage/signatures/danger/stroke.yml: signed" in done.stdout
    check = helpo("check")
    assert check.returncode == 0, check.stderr
    assert re.search(r"danger/stroke [0-9.]+: signed, 見本 監子, 2026-01-05", check.stdout)
    assert "1 signed, 0 stale" in check.stdout
    page = helpo("review", "all", "--html", "sheets.html")
    assert (page.returncode, page.stdout) == (0, "sheets.html\n")
    assert (data.parent / "sheets.html").read_text().startswith("<!doctype html>")
    future = helpo("sign", "stroke", *doctor, "--date", "2999-01-01")
    assert (future.returncode, future.stdout) == (2, "")
    assert future.stderr.startswith("helpo: --date: 2999-01-01 cannot be")
    assert future.stderr.count("\n") == 1
