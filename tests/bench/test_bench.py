"""Test `helpo bench`: its names, the line format that other tools read, and that it really measures."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.bench import facilities, intake, nlu, talk
from bot.bench.environment import BenchEnvironment, inherited, made_secrets
from bot.bench.registry import BENCHMARKS, chosen
from bot.bench.result import Measurement
from bot.bench.run import row
from bot.bench.statistics import middle, quantile
from bot.cli import app
from bot.up.test_servers import Servers
from core.errors import ConfigurationError
from core.municipalities import Municipality

FIELDS = ["name", "value", "unit", "baseline", "ratio", "budget", "ok"]


@pytest.fixture
def bench(
    running_servers: Servers, template_database: str, cities: dict[str, Municipality], tmp_path: Path
) -> BenchEnvironment:
    return BenchEnvironment(
        servers=running_servers,
        scratch=tmp_path,
        cities=cities,
        inherited=inherited(os.environ),
        secrets=made_secrets(cities),
        state_dir=tmp_path,
    )


def test_each_benchmark_has_a_unit_and_a_budget_that_something_could_break() -> None:
    assert all("." in name for name in BENCHMARKS)
    for name, benchmark in BENCHMARKS.items():
        broken = benchmark.budget / 2 if benchmark.is_least else benchmark.budget * 2
        assert benchmark.unit
        assert not benchmark.judged(name, Measurement(value=broken, baseline=1.0)).ok


def test_what_compares_releases_is_all_that_is_held_against_another_one() -> None:
    assert chosen([], against=True) == ["talk.mix", "talk.cost"]
    assert chosen(["talk.cost"], against=True) == ["talk.cost"]
    with pytest.raises(ConfigurationError, match=r"--against is for talk\.mix, talk\.cost"):
        chosen(["talk.cost", "start.warm"], against=True)


def test_a_folder_without_an_installed_release_is_refused_before_anything_starts(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["bench", "--only", "talk.mix", "--against", str(tmp_path), "--json", str(tmp_path / "x.json")]
    )
    assert isinstance(result.exception, ConfigurationError)
    assert "install that release first" in str(result.exception)
    assert not (tmp_path / "x.json").exists()


def test_names_may_be_given_one_by_one_or_together_and_keep_their_order() -> None:
    assert chosen([]) == list(BENCHMARKS)
    assert chosen(["start.warm", "webhook.p99,webhook.intake"]) == [
        "webhook.intake",
        "webhook.p99",
        "start.warm",
    ]


def test_an_unknown_name_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"no such benchmark: talk\.speed; known are: webhook\.intake"
    ):
        chosen(["talk.speed"])
    result = CliRunner().invoke(app, ["bench", "--only", "talk.speed", "--json", str(tmp_path / "x.json")])
    assert isinstance(result.exception, ConfigurationError)
    assert not (tmp_path / "x.json").exists()


def test_a_line_has_the_promised_fields_first_and_its_ratio() -> None:
    finding = Measurement(value=30.0, baseline=2.0, extra={"p95": 61.23456})
    result = BENCHMARKS["talk.latency"].judged("talk.latency", finding, load=1.0)
    line = json.loads(json.dumps(result.line()))
    assert list(line)[:7] == FIELDS
    assert line["ratio"] == 15
    assert line["p95"] == 61.23
    assert line["ok"] is True
    assert "talk.latency" in row(result)


@pytest.mark.parametrize(
    ("name", "value", "keeps", "is_ok"),
    [
        ("talk.sustained", 50.0, True, True),
        ("talk.sustained", 40.0, True, False),
        ("webhook.p99", 151.0, True, False),
        ("webhook.p99", 100.0, False, False),
        ("webhook.p99", 100.0, True, True),
    ],
)
def test_a_figure_is_ok_when_it_keeps_every_budget(
    name: str, value: float, *, keeps: bool, is_ok: bool
) -> None:
    finding = Measurement(value=value, baseline=1.0, keeps=keeps)
    assert BENCHMARKS[name].judged(name, finding).ok is is_ok


def test_a_benchmark_that_failed_has_a_line_that_says_why() -> None:
    line = BENCHMARKS["inbox.live"].failed("inbox.live", "CannotMeasure: pages ended").line()
    assert list(line)[:7] == FIELDS
    assert (line["value"], line["ok"], line["note"]) == (None, False, "CannotMeasure: pages ended")


def test_quantiles_are_samples_and_the_middle_round_was_measured() -> None:
    assert quantile([5.0, 1.0, 4.0, 2.0, 3.0], 0.5) == 3
    assert quantile([float(n) for n in range(1, 101)], 0.99) == 99
    assert quantile([7.0], 0.95) == 7
    assert middle([9, 1, 5], by=float) == 5


def test_answers_in_the_wrong_order_are_noticed() -> None:
    hello, over = talk.WORDS
    right = [(hello, ("menu",)), (over, ("again", "menu")), (hello, ("menu",)), (over, ("again", "menu"))]
    assert talk.disordered(right) == 0
    swapped = [*right[:2], (hello, ("again", "menu")), (over, ("menu",))]
    assert talk.disordered(swapped) == 2
    assert talk.disordered([*right, (None, ("menu",))]) == 1


async def test_the_intake_is_measured_beside_its_baseline(
    bench: BenchEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROUND", 60)
    monkeypatch.setattr(intake, "ROUNDS", 1)
    monkeypatch.setattr(intake, "RESIDENTS", 10)
    found = await intake.webhook_intake(bench)
    assert found.value > 0
    assert found.baseline > 0


async def test_facilities_are_imported_and_found_beside_plain_copy_and_sql(
    bench: BenchEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facilities, "SHARE", 0.001)
    monkeypatch.setattr(facilities, "SEARCHES", 5)
    imported = await facilities.facilities_import(bench)
    assert imported.value > 0
    assert imported.baseline > imported.value
    searched = await facilities.facilities_search(bench)
    assert searched.value > 0
    assert searched.baseline > 0


def test_the_messages_to_parse_are_a_fair_share_of_all_intents_without_marks() -> None:
    messages = nlu.sample(Path("data/nlu"))
    assert len(messages) > 300
    assert not any("](" in message for message in messages)
