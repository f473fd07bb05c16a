"""Test that no way of logging or crashing shows a resident's words, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
WORDS = "胸が痛い secret-words"
START = """
import asyncio, gc, logging, sys, threading
import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
logging.basicConfig(level=logging.DEBUG)  # a library that came first
from core.logging import configure_logging, get_logger
configure_logging("worker", "INFO")
WORDS = sys.argv[1]
def fail():
    raise ValueError(WORDS)
def tried(what):
    try:
        fail()
    except ValueError as error:
        what(error)
"""
SCENES = {
    "logging.exception": "tried(lambda error: logging.getLogger('apscheduler').exception('job: %s', error))",
    "a formatted message": "logging.getLogger('lib').error(f'could not send {WORDS}', stack_info=True)",
    "arguments that do not fit": "logging.getLogger('lib').error('%d of %d', WORDS)",
    "asyncio, never retrieved": """
async def work():
    fail()
async def main():
    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(main())
""",
    "an aiohttp handler": """
async def handle(request):
    fail()
async def main():
    app = web.Application()
    app.router.add_get('/', handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        async with http.get(server.make_url('/')) as answer:
            assert WORDS not in await answer.text()
asyncio.run(main())
""",
    "the end of the process": "fail()",
    "a group at the end of the process": """
async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(fail))
asyncio.run(main())
""",
    "the end of a thread": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "a finaliser": """
class Thing:
    def __del__(self):
        fail()
Thing()
""",
    "our own logger": "tried(lambda error: get_logger().error('job_failed', exc_info=error))",
}


def told(scene: str) -> list[dict[str, Any]]:
    """Return the JSON lines that a process wrote to both outputs; nothing else may be there."""
    done = subprocess.run(
        [sys.executable, "-c", START + scene, WORDS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    written = done.stdout + done.stderr
    assert "secret-words" not in written, indent(written, "  ")
    assert "胸" not in written
    return [json.loads(line) for line in written.splitlines()]


@pytest.mark.parametrize("name", SCENES)
def test_words_in_an_exception_or_a_message_are_written_nowhere(name: str) -> None:
    lines = told(SCENES[name])
    assert lines
    assert all(line["process"] == "worker" for line in lines)
    if name not in {"a formatted message", "arguments that do not fit"}:
        whole = json.dumps(lines)
        assert "ValueError" in whole  # what an operator can act on is there: type and place
        assert ":fail" in whole


def test_a_librarys_line_says_who_wrote_it_and_where() -> None:
    (line,) = told("logging.getLogger('apscheduler.executors').warning('late by %s', 3)")
    assert (line["event"], line["level"], line["logger"]) == (
        "library_log",
        "warning",
        "apscheduler.executors",
    )
    assert line["place"].endswith(":<module>")
    assert line["timestamp"]


def test_a_systems_error_keeps_its_number() -> None:
    (line,) = told("open('/nowhere/' + WORDS)")
    assert (line["error"], line["errno"]) == ("FileNotFoundError", 2)


@pytest.mark.parametrize(
    "say",
    [
        "get_logger().warning('request_refused', status=415)",
        "logging.getLogger('aiohttp.server').error('Error handling request')",
        "tried(lambda error: get_logger().error('job_failed', exc_info=error))",
        "get_logger().warning('turn_failed', event_id=7, frames=['a:1:b'], seen={'x': [1, None]})",
    ],
)
def test_a_line_that_repeats_is_written_once_and_then_counted(say: str) -> None:
    first, last = told(f"for _ in range(5000): {say}")
    assert "repeated" not in first
    assert last.pop("repeated") == 4999
    first.pop("timestamp"), last.pop("timestamp")
    assert first == last


def test_lines_about_different_things_are_all_written() -> None:
    lines = told("for n in range(200): get_logger().info('event_failed', event_id=n)")
    assert [line["event_id"] for line in lines] == list(range(200))


def test_the_count_is_told_while_the_process_lives_and_a_later_line_is_written_again() -> None:
    scene = """
import time
from core import log_output
log_output.FOLD_S = 0.3
log = get_logger()
for n in range(3): log.info('again')
time.sleep(0.8)
log.info('between')
log.info('again')
"""
    lines = told(scene)
    assert [(line["event"], line.get("repeated")) for line in lines] == [
        ("again", None), ("again", 2), ("between", None), ("again", None),
    ]  # fmt: skip


def test_a_flood_of_different_lines_takes_no_memory_that_grows() -> None:
    scene = """
from core import log_output
log_output.MOST_LINES = 10
folding = log_output.Folding(lambda fields: None)
for n in range(1000): folding.admits({'n': n})
get_logger().info('kept', count=len(folding._lines))
"""
    assert told(scene)[-1]["count"] <= 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without /dev/full")
@pytest.mark.parametrize(
    "say",
    [
        "get_logger().warning('one', n=n)",
        "logging.getLogger('lib').error('x')",
        "tried(lambda error: get_logger().error('failed', n=n, exc_info=error))",
        "tried(lambda error: sys.excepthook(type(error), error, None))",
        "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    ],
)
def test_a_full_disk_stops_nothing_that_logs(tmp_path: Path, say: str) -> None:
    done = tmp_path / "done"
    scene = f"""
from pathlib import Path
from core import metrics
for n in range(300):
    {say}
Path({str(done)!r}).write_text(str(int(metrics.LOG_LINES_LOST._value.get())))
import os
os._exit(0)
"""
    with Path("/dev/full").open("w") as full:
        code = subprocess.run(
            [sys.executable, "-c", START + scene, WORDS],
            cwd=ROOT,
            stdout=full,
            stderr=full,
            timeout=60,
            check=False,
        ).returncode
    assert code == 0
    assert int(done.read_text()) > 0


@pytest.mark.parametrize("close", ["sys.stdout.close(); sys.stderr.close()", "os.close(1); os.close(2)"])
def test_a_closed_output_stops_nothing_that_logs(tmp_path: Path, close: str) -> None:
    done = tmp_path / "done"
    scene = f"""
import os
from pathlib import Path
{close}
get_logger().warning('one')
logging.getLogger('lib').error('x')
Path({str(done)!r}).write_text('done')
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", START + scene, WORDS], cwd=ROOT, timeout=60, check=True)
    assert done.read_text() == "done"


def test_a_character_that_cannot_be_encoded_is_written_another_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START + "get_logger().warning('odd', city='\\udc80 平'); print()", WORDS],
        cwd=ROOT, capture_output=True, timeout=60, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert b"udc80" in done.stdout
