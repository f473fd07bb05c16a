"""The `helpo` command. Each command imports what it needs when it runs; errors are one clear line."""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from bot.commands.review_commands import review, sign
from core.errors import ServiceError
from core.logging import configure_logging
from core.process_secrets import PROCESS_SECRETS
from core.settings import Settings, read_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would show residents' words and secrets.
    pretty_exceptions_enable=False,
    help="HELPO: a city's health service inside LINE.",
)
db = typer.Typer(no_args_is_help=True, help="The database.")
nlu = typer.Typer(no_args_is_help=True, help="The understanding (Rasa, in its own Python environment).")
staff = typer.Typer(no_args_is_help=True, help="People who work in the inbox.")
demo = typer.Typer(no_args_is_help=True, help="Made-up data to look at.")
keys = typer.Typer(no_args_is_help=True, help="The keys that seal what residents said.")
facilities = typer.Typer(no_args_is_help=True, help="Hospitals, clinics, pharmacies.")
triage = typer.Typer(no_args_is_help=True, help="Dangers and tables: check them, try them out.")
shop = typer.Typer(no_args_is_help=True, help="Registered shops for over-the-counter products.")
app.add_typer(db, name="db")
app.add_typer(nlu, name="nlu")
app.add_typer(staff, name="staff")
app.add_typer(demo, name="demo")
app.add_typer(keys, name="keys")
app.add_typer(facilities, name="facilities")
app.add_typer(shop, name="shop")
app.add_typer(triage, name="triage")
triage.command("review")(review)
triage.command("sign")(sign)

DATA = Path("data")
LANES = "inbound,talk,bulk,media"
NLU_PYTHON = Path("nlu", ".venv", "bin", "python")


USAGE_ERROR = 2


def main() -> None:
    """Run `helpo`; an expected failure is one clear line and exit code 1 (2 for the caller's mistakes)."""
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        # A group without a command has already shown its help and has no message.
        if message := " ".join(error.format_message().split()):
            typer.echo(f"helpo: {message.rstrip('.')}. Try --help", err=True)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(1)
    except ServiceError as error:
        typer.echo(f"helpo: {error}", err=True)
        sys.exit(USAGE_ERROR if error.code in {"configuration", "content"} else 1)
    except Exception as error:
        from core.db.engine import is_outage

        if not is_outage(error):
            raise
        typer.echo(
            "helpo: the database does not answer; is it running, and is its address right (DATABASE_URL; DATABASE_OWNER_URL for `helpo db`)?",
            err=True,
        )
        sys.exit(1)


def _settings(process: str) -> Settings:
    from bot.up.env_file import require_installation, with_running

    environ = with_running(os.environ)
    needs = PROCESS_SECRETS[process]
    require_installation(environ, needs)
    settings = read_settings(environ, needs)
    configure_logging(process, settings.log_level)
    return settings


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@app.command()
def up() -> None:
    """Run everything on this machine until Ctrl-C. Example: `helpo up`."""
    from bot.up.up import up as run_up

    _run(run_up(os.environ))


@app.command()
def web(part: Annotated[str, typer.Option(help="intake or pages; both if not said")] = "") -> None:
    """Serve the webhook and the pages. Example: `helpo web --part intake`."""
    from bot.processes.web import run_web

    if part not in {"", "intake", "pages"}:
        raise typer.BadParameter("must be 'intake' or 'pages'", param_hint="--part")
    _run(run_web(_settings(part or "web"), part or None))


@app.command()
def worker(lanes: Annotated[str, typer.Option(help="which lanes, separated by commas")] = LANES) -> None:
    """Serve events, send messages, fetch media. Example: `helpo worker --lanes inbound,talk`."""
    from bot.processes.worker import LANES as KNOWN
    from bot.processes.worker import run_worker

    chosen = [lane.strip() for lane in lanes.split(",")]
    if unknown := set(chosen) - set(KNOWN):
        raise typer.BadParameter(f"no such lane: {', '.join(sorted(unknown))}", param_hint="--lanes")
    _run(run_worker(_settings("worker"), chosen))


@app.command()
def scheduler() -> None:
    """Run the timed jobs; a second one stands by. Example: `helpo scheduler`."""
    from bot.processes.scheduler import run_scheduler

    _run(run_scheduler(_settings("scheduler")))


@app.command()
def simulator() -> None:
    """Stand in for the LINE platform, for demos and tests. Example: `helpo simulator`."""
    from bot.processes.simulator import run_simulator

    _run(run_simulator(_settings("simulator")))


@app.command()
def bench(
    only: Annotated[list[str] | None, typer.Option(help="names of benchmarks")] = None,
    json_file: Annotated[Path, typer.Option("--json", help="where the figures go")] = Path("var/bench.json"),
    against: Annotated[
        Path | None,
        typer.Option(help="folder of another release, installed, to measure in turns with this one"),
    ] = None,
) -> None:
    """Measure, beside a baseline in the same run. Example: `helpo bench --only talk.mix --only talk.cost`."""
    from bot.bench import run_bench

    run_bench(only or [], json_file, against)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the present shape. Example: `helpo db upgrade`."""
    from core.db.upgrade import upgrade
    from core.municipalities import load_municipalities

    settings = _settings("db")
    if settings.database_owner_url is None:
        raise typer.BadParameter("DATABASE_OWNER_URL is not set; migrations run as the owner of the database")
    cities = load_municipalities(settings.data_dir)
    upgrade(
        settings.database_owner_url.get_secret_value(),
        settings.database_url.get_secret_value(),
        cities.values(),
    )


@keys.command("rotate")
def keys_rotate() -> None:
    """Wrap everything with the newest key of HELPO_ENCRYPTION_KEYS; then older ones may be taken out.

    Example: put `k2:<base64>` in front of `k1:…`, restart, `helpo keys rotate`, take `k1` out, restart.
    """
    from bot.commands.key_rotation import rotate_keys

    typer.echo(asyncio.run(rotate_keys(_settings("keys"))))


@demo.command("load")
def demo_load() -> None:
    """Load made-up staff and facilities; prints the logins as JSON. Refused beside a real channel."""
    from bot.commands.demo_data import load_demo

    settings = _settings("demo")
    typer.echo(json.dumps(asyncio.run(load_demo(settings)), ensure_ascii=False))


@staff.command("add")
def staff_add(
    login: str,
    name: Annotated[str, typer.Option(help="shown to colleagues")],
    role: Annotated[
        list[str], typer.Option(help="clinician, health_center, support, partner, admin, auditor")
    ],
    city: Annotated[list[str], typer.Option(help="municipality id")],
    profession: Annotated[
        list[str] | None, typer.Option(help="doctor, nurse, pharmacist, ...; a clinician has at least one")
    ] = None,
) -> None:
    """Add an account; prints password, authenticator address and recovery codes, once.

    Example: `helpo staff add yamada --name 山田 --role clinician --profession nurse --city iwaki`.
    """
    from bot.commands.staff import add_account

    typer.echo(asyncio.run(add_account(_settings("staff"), login, name, role, city, profession or [])))


@staff.command("profession")
def staff_profession(
    login: str,
    profession: Annotated[list[str], typer.Option(help="doctor, nurse, pharmacist, ...")],
) -> None:
    """Set the professions of an account. Example: `helpo staff profession yamada --profession nurse`."""
    from bot.commands.staff import change_professions

    _run(change_professions(_settings("staff"), login, profession))
    typer.echo(f"{login}: {', '.join(profession)}")


@staff.command("unlock")
def staff_unlock(login: str) -> None:
    """Forget the failed sign-ins of an account, so that it can be tried again. Example: `helpo staff unlock yamada`."""
    from bot.commands.staff import unlock_account

    _run(unlock_account(_settings("staff"), login))
    typer.echo(f"{login}: unlocked")


@staff.command("code")
def staff_code(login: str) -> None:
    """Print the code that a demo account's authenticator shows now. Example: `helpo staff code demo-nurse`."""
    from bot.commands.staff import demo_code

    typer.echo(asyncio.run(demo_code(_settings("staff"), login)))


@facilities.command("import")
def facilities_import(
    paths: Annotated[list[Path], typer.Argument(exists=True)],
    city: Annotated[str, typer.Option(help="municipality id; the default one if not said")] = "",
    may_shrink: Annotated[
        bool,
        typer.Option("--may-shrink", help="import it although less than half of what is known would be kept"),
    ] = False,
) -> None:
    """Import the ministry's open data: files, zip archives or a folder of them. Example: `helpo facilities import DIR`."""
    from bot.commands.imports import import_facilities

    typer.echo(asyncio.run(import_facilities(_settings("facilities"), paths, city, may_shrink=may_shrink)))


@shop.command("import")
def shop_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    city: Annotated[str, typer.Option(help="municipality id; the default one if not said")] = "",
    may_shrink: Annotated[
        bool,
        typer.Option("--may-shrink", help="import it although less than half of the shops would be kept"),
    ] = False,
) -> None:
    """Make the shops of a CSV file the city's registered shops; all of them, or none when something is wrong.

    Example: `helpo shop import data/shop/sample/iwaki.csv --city iwaki`.
    """
    from bot.commands.imports import import_shops

    typer.echo(asyncio.run(import_shops(_settings("shop"), file, city, may_shrink=may_shrink)))


@triage.command("check")
def triage_check() -> None:
    """Check all tables, their golden cases and dangers; names file, line and reason. Example: `helpo triage check`."""
    from bot.triage.commands import content_problems, content_summary

    problems = content_problems(DATA)
    for line in problems or content_summary(DATA):
        typer.echo(line, err=bool(problems))
    sys.exit(2 if problems else 0)


@triage.command("screen")
def triage_screen(
    json_file: Annotated[Path, typer.Option("--json", help='lines of {"text"}', exists=True, dir_okay=False)],
) -> None:
    """Say which messages raise a red flag by the rules, a line of JSON each. Example: `helpo triage screen --json FILE.jsonl`."""
    from bot.commands.hearing import read_lines, screen_lines

    for found in screen_lines(read_lines(json_file), DATA):
        typer.echo(json.dumps(found, ensure_ascii=False))


@triage.command("hear")
def triage_hear(
    json_file: Annotated[Path, typer.Option("--json", help='lines of {"text"}', exists=True, dir_okay=False)],
    report: Annotated[
        bool, typer.Option("--report", help="of labelled lines: counts by author, split, voice, kind instead")
    ] = False,
    split: Annotated[str, typer.Option(help="only lines whose `split` it is")] = "",
    rules_only: Annotated[bool, typer.Option("--rules-only", help="without the alarm head")] = False,
    strangers: Annotated[
        bool,
        typer.Option("--strangers", help="alarm heads that have not learnt from the line's author (minutes)"),
    ] = False,
) -> None:
    """Say what is heard of danger as in the talk, by the rules and the alarm head, a line of JSON each.

    Example: `helpo triage hear --json FILE.jsonl`. Without a trained model the rules alone hear, and stderr says so.
    """
    from bot.commands.hearing import NoAlarms, as_json, ask_alarms, hear_lines, no_alarms, read_lines
    from bot.commands.hearing_report import report as table

    lines = read_lines(json_file, split)
    alarms = no_alarms(len(lines))
    if not rules_only:
        try:
            alarms = ask_alarms(NLU_PYTHON, lines, are_strangers=strangers)
        except NoAlarms as error:
            typer.echo(f"helpo: heard by the rules alone, without the alarm head: {error}", err=True)
    heard = hear_lines(lines, alarms, DATA)
    for line in table(list(heard)) if report else (json.dumps(as_json(o), ensure_ascii=False) for o in heard):
        typer.echo(line)


@triage.command("run")
def triage_run(
    is_json: Annotated[
        bool, typer.Option("--json", help='lines of {"text"} or {"tap"} in, a line of JSON a turn out')
    ] = False,
    age: Annotated[str, typer.Option(help="years (45) or months (8m)")] = "",
    sex: Annotated[str, typer.Option(help="f or m")] = "",
    pregnant: Annotated[bool, typer.Option("--pregnant", help="is pregnant")] = False,
    city: Annotated[str, typer.Option(help="municipality id")] = "iwaki",
) -> None:
    """Lead one consultation from standard input, without a database. Example: `helpo triage run --age 45`."""
    from bot.commands.triage_session import answer_lines, converse, open_content, patient

    content, known = open_content(DATA, city), patient(age, sex, is_pregnant=pregnant)
    if not is_json:
        typer.echo("どうされましたか。（終わるには Ctrl-D）", err=True)
    for line in (answer_lines if is_json else converse)(content, sys.stdin, known):
        print(line, flush=True)


@triage.command("figures")
def triage_figures(
    since: Annotated[str, typer.Option(help="from this day on, in Japan: 2026-11-01")] = "",
    city: Annotated[str, typer.Option(help="municipality id; all if not said")] = "",
    is_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Count consultations by level, table, hour, district, and where people break off, without names.

    Counts below 5 are shown as 「5未満」. Example: `helpo triage figures --since 2026-11-01 --json`.
    """
    from bot.commands.figures_report import first_day, read_figures

    found = asyncio.run(read_figures(_settings("figures"), first_day(since), city))
    for line in [json.dumps(found.as_json(), ensure_ascii=False)] if is_json else found.lines():
        typer.echo(line)


@nlu.command("train")
def nlu_train() -> None:
    """Train the model if its data changed. Example: `helpo nlu train`."""
    _nlu("train")


@nlu.command("serve")
def nlu_serve() -> None:
    """Serve the model (Rasa server; RASA_URL and RASA_TOKEN say where and with which token)."""
    _nlu("serve")


@nlu.command("evaluate")
def nlu_evaluate(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="lines of {text, intent, entities}", exists=True)
    ] = None,
    split: Annotated[str, typer.Option(help="only lines whose `split` it is")] = "",
    pipeline: Annotated[
        Path | None,
        typer.Option(help="another pipeline to train and judge: nlu/pipelines/*.yml", exists=True),
    ] = None,
) -> None:
    """Judge the model: on FILE, or by cross-validation over the training data."""
    _nlu(
        "evaluate",
        *(["--json", str(json_file)] if json_file else []),
        *(["--split", split] if split else []),
        *(["--pipeline", str(pipeline)] if pipeline else []),
    )


def _nlu(*arguments: str) -> None:
    """Replace this process by the command in Rasa's environment, so that signals reach it."""
    if not NLU_PYTHON.exists():
        typer.echo(f"helpo: {NLU_PYTHON} is missing; run 'make setup' in the project's folder", err=True)
        sys.exit(2)
    # NLU_PYTHON stays a relative path: resolving it would leave the environment for its base interpreter.
    os.execv(NLU_PYTHON, [str(NLU_PYTHON), "-m", "nlu", *arguments])  # noqa: S606
