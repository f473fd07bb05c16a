"""Declare jobs: named recurring work, handed to the scheduler by the packages that own it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.municipalities import Municipality
from core.texts import Texts


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job may use."""

    sessions: Sessions
    ring: KeyRing
    texts: Texts
    cities: Mapping[str, Municipality]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Job:
    """Recurring work of one kind: does everything that is due; safe to run twice.

    `name` is the job's id in the store: never rename it. `work` returns how many pieces were done.
    """

    name: str
    every_s: int
    work: Callable[[JobContext], Awaitable[int]]
