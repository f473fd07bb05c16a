"""Test two releases on one database, as in an update: nothing is lost, doubled or mixed up, no event fails.

`HELPO_OLD_CHECKOUT` points to a checkout of the older release with a .venv of its own.
"""

import asyncio
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.up.child import Child
from core.db.tables import EventOutcome, LineEvent
from tests.faults.test_kill import ASKS, CLINICIANS, Writer, opened
from tests.harness.children import inherited, start_child, stop_child
from tests.harness.clinician import ScriptedClinician
from tests.harness.full_installation import FullInstallation
from tests.harness.processes import ResidentPhone, tell, until
from tests.harness.reconciliation import (
    Verdict,
    is_quiet,
    judge_arrivals,
    judge_events,
    judge_outbox,
    judge_talks,
)
from tests.up.conftest import servers_folder, wait_until

OLD = os.environ.get("HELPO_OLD_CHECKOUT", "")
SECONDS = 60
PER_SECOND = 10
RESIDENTS = 100
HANDED_OFF = 25
START_LIMIT_S = 180.0
QUIET_LIMIT_S = 300.0
# A worker that waits uses far less in a minute; below this it cannot have served anybody.
BUSY_CPU_S = 2.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(SECONDS + 900),
    pytest.mark.skipif(
        not OLD, reason="HELPO_OLD_CHECKOUT names no checkout of an older release with a .venv"
    ),
]


class OldWorker:
    """A worker of the older release, in the installation of today's."""

    def __init__(self, installation: FullInstallation, checkout: Path, folder: Path) -> None:
        checkout = checkout.resolve()
        python = checkout / ".venv" / "bin" / "python"
        assert python.exists(), f"{python} is missing"
        self.log = folder / "old-worker.log"
        # The installation was told of a Rasa that refuses; what it was told is not among what it composed.
        own = {
            "HELPO_DATA_DIR": str(checkout / "data"),
            "PYTHONPYCACHEPREFIX": str(folder / "old-bytecode"),
            "RASA_URL": "http://127.0.0.1:9",
            "RASA_TOKEN": "nobody",
        }
        child = Child(
            name="old-worker",
            label="old-worker",
            command=(str(python), "-m", "bot", "worker"),
            environment=inherited(folder) | installation.environment() | own,
        )
        self.process = start_child(child, self.log, checkout)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def is_at_work(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "worker_started" in self.said()

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        stop_child(self.process)


class TwoReleases:
    """A hundred residents, five clinicians, and the two releases that serve them."""

    def __init__(self, installation: FullInstallation, old: OldWorker, http: aiohttp.ClientSession) -> None:
        self.installation, self.old, self.http = installation, old, http
        self.writers: list[Writer] = []
        self.clinicians: list[ScriptedClinician] = []
        self.cpu_s: dict[str, float] = {}

    async def settle_in(self) -> None:
        """Some get a person, whom a clinician claims; the others are greeted."""
        body = {"count": RESIDENTS, "silent": True, "municipality": "iwaki"}
        async with self.http.post(f"{self.installation.simulator}/api/residents", json=body) as answer:
            user_ids = (await answer.json())["user_ids"]
        phones = [ResidentPhone(self.http, self.installation.simulator, user_id) for user_id in user_ids]
        self.writers = [Writer(n, phone, is_handed_off=n < HANDED_OFF) for n, phone in enumerate(phones)]
        await asyncio.gather(
            *(phone.asks(ASKS[n % CLINICIANS], 120) for n, phone in enumerate(phones[:HANDED_OFF]))
        )
        await asyncio.gather(*(phone.asks("こんにちは", 120) for phone in phones[HANDED_OFF:]))
        for clinician in self.clinicians:
            await clinician.sign_in()
        await asyncio.gather(*(clinician.claim(HANDED_OFF // CLINICIANS) for clinician in self.clinicians))

    async def talk(self) -> None:
        """Write and tap for a minute, then wait until all is served, answered and sent."""
        stop = asyncio.Event()
        before = {"old": self.old.cpu_s(), "new": self.installation.cpu_s("worker")}
        async with asyncio.TaskGroup() as tasks:
            for clinician in self.clinicians:
                tasks.create_task(clinician.work(stop))
            async with asyncio.TaskGroup() as acts:
                order = random.sample(self.writers, len(self.writers))
                began = time.monotonic()
                for tick in range(SECONDS * PER_SECOND):
                    await asyncio.sleep(max(began + tick / PER_SECOND - time.monotonic(), 0))
                    acts.create_task(order[tick % len(order)].act())
            await until(self._is_over, QUIET_LIMIT_S, 1.0)
            stop.set()
        after = {"old": self.old.cpu_s(), "new": self.installation.cpu_s("worker")}
        self.cpu_s = {name: round(after[name] - before[name], 1) for name in after}

    async def _is_over(self) -> bool:
        assert self.old.process.poll() is None, self.old.said()
        async with self.http.get(f"{self.installation.simulator}/api/counters") as answer:
            pending = (await answer.json())["webhooks"]["pending"]
        expected = sum(len(writer.written) for writer in self.writers if writer.is_handed_off)
        if pending or sum(len(clinician.answered) for clinician in self.clinicians) < expected:
            return False
        async with opened(self.installation) as sessions:
            return await is_quiet(sessions)

    def _logs(self) -> list[str]:
        """Return what the two workers wrote down."""
        own = self.installation.state_dir / "log" / "worker.log"
        return [self.old.said(), own.read_text(encoding="utf-8", errors="replace")]

    async def verdict(self) -> Verdict:
        verdict = Verdict()
        async with self.http.get(f"{self.installation.simulator}/api/counters") as answer:
            counters = await answer.json()
        numbers = {writer.phone.user_id: writer.who for writer in self.writers}
        written = {writer.who: writer.written for writer in self.writers}
        sent = [event_id for writer in self.writers for event_id in writer.event_ids]
        chats = {w.who: [message["text"] for message in await w.phone.everything()] for w in self.writers}
        given = [mark for clinician in self.clinicians for mark in clinician.answered]
        async with opened(self.installation) as sessions, sessions() as session:
            await judge_events(session, sent, verdict)
            answers = await judge_outbox(session, verdict)
            judge_arrivals(chats, given, answers, verdict)
            await judge_talks(session, numbers, written, verdict)
            failed = await session.scalar(
                select(func.count())
                .select_from(LineEvent)
                .where(LineEvent.outcome == EventOutcome.FAILED.value)
            )
        verdict.figures |= {
            "processor time of the workers (s)": self.cpu_s,
            "violations": len(counters["violations"]),
            "failed turns (old, new)": [said.count("turn_failed") for said in self._logs()],
        }
        verdict.must(not failed, f"{failed} events failed")
        verdict.must(not counters["violations"], f"LINE would complain: {counters['violations'][:3]}")
        verdict.must(not any("turn_failed" in said for said in self._logs()), "a turn was tried in vain")
        for name, cpu_s in self.cpu_s.items():
            verdict.must(cpu_s >= BUSY_CPU_S, f"the {name} worker did nothing: {cpu_s} s")
        return verdict


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[FullInstallation]:
    installation = FullInstallation(tmp_path / "var")
    try:
        yield installation
    finally:
        installation.stop()
        wait_until(lambda: not installation.left())
        shutil.rmtree(servers_folder(installation.state_dir), ignore_errors=True)


async def test_an_older_worker_beside_todays_loses_nothing_and_crosses_nothing(
    installation: FullInstallation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await until(installation.is_ready, START_LIMIT_S)
    old = OldWorker(installation, Path(OLD), tmp_path)
    try:
        await until(old.is_at_work, START_LIMIT_S)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=150)
        ) as http:
            street = TwoReleases(installation, old, http)
            browsers = [
                aiohttp.ClientSession(
                    cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=15)
                )
                for _ in range(CLINICIANS)
            ]
            try:
                street.clinicians = [
                    ScriptedClinician(browser, installation.public, login)
                    for browser, login in zip(browsers, installation.logins(), strict=False)
                ]
                await street.settle_in()
                await street.talk()
                verdict = await street.verdict()
            finally:
                for browser in browsers:
                    await browser.close()
    finally:
        old.stop()
    tell(capsys, f"two releases side by side, {SECONDS} s:\n{verdict.table()}")
    assert verdict.faults == []
