"""Jobs: named work that is due again and again, handed to the scheduler by the packages that own it."""

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
    """Everything due and undone of one kind; safe to run twice.

    `name` is the job's id in the store: never rename it. `work` returns how much was done.
    """

    name: str
    every_s: int
    work: Callable[[JobContext], Awaitable[int]]
