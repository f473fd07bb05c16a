"""No way of logging or dying shows a resident's words: each is tried in a process of its own."""

import json
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
