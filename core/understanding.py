"""Ask Rasa over HTTP what a resident means; it may be slow, broken or away, and the talk must go on."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from core.errors import ServiceError

OUT_OF_SCOPE = "out_of_scope"
# Characters sent to Rasa: parsing time grows with length, and intents stand in a message's beginning.
MAX_CHARACTERS = 1000


class NluUnavailable(ServiceError):
    """There is no understanding now: no answer in time, none at all, or an invalid one."""

    code = "nlu.unavailable"
    retryable = True


@dataclass(frozen=True, slots=True)
class Entity:
    """A value named in a message: its kind, its normalised value, and the words themselves."""

    kind: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """The danger that the alarm head thinks likeliest, and how sure it is (0 to 1) that there is any."""

    category: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """What Rasa makes of a message; `ranking` holds (intent, confidence from 0 to 1), best first.

    `alarm` is None when the model has no alarm head.
    """

    intent: str
    confidence: float
    entities: tuple[Entity, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    alarm: Alarm | None = None


class Breaker:
    """Stops asking after `limit` failures in a row; `pause_s` seconds later lets one call try."""

    def __init__(self, limit: int, pause_s: float, monotonic: Callable[[], float]) -> None:
        self._limit = limit
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    def enter(self) -> None:
        """Let a call through.

        Raises:
            NluUnavailable: The breaker is open, or its one probe is on the way.
        """
        if self._opened_at is None:
            return
        if self._probing or self._monotonic() - self._opened_at < self._pause_s:
            raise NluUnavailable("understanding is paused after repeated failures")
        self._probing = True

    def succeed(self) -> None:
        """Close: the last call was answered."""
        self._failures, self._opened_at, self._probing = 0, None, False

    def fail(self) -> None:
        """Count a failure; open at the limit, and again after a failed probe."""
        self._failures += 1
        if self._probing or self._failures >= self._limit:
            self._opened_at = self._monotonic()
        self._probing = False

    def abandon(self) -> None:
        """Forget a cancelled call: it tells nothing about the server."""
        self._probing = False


class NluClient:
    """Asks one Rasa server; at most `max_concurrency` questions at once, each within `timeout_s` seconds."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        token: str,
        *,
        timeout_s: float = 1.0,
        max_concurrency: int = 4,
        failures_to_open: int = 5,
        pause_s: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._address = url.rstrip("/") + "/model/parse"
        self._token = token
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(max_concurrency)
        self._breaker = Breaker(failures_to_open, pause_s, monotonic)

    async def understand(self, text: str) -> Understanding:
        """Return what a message means; waiting for a free slot counts toward the timeout.

        Raises:
            NluUnavailable: Too slow, refused, an error status or a malformed answer; never an empty intent instead.
        """
        # Rasa takes a leading slash for the name of an intent, which a resident must not choose.
        words = text.lstrip("/／ \u3000\r\n\t")[:MAX_CHARACTERS]
        if not words.strip():
            return Understanding(OUT_OF_SCOPE, 0.0)
        async with self._guarded():
            return _understanding(await self._parse(words), words)

    @asynccontextmanager
    async def _guarded(self) -> AsyncIterator[None]:
        """Raise `NluUnavailable` for every failure, and tell the breaker how the call went."""
        self._breaker.enter()
        try:
            async with asyncio.timeout(self._timeout_s), self._slots:
                yield
        except (aiohttp.ClientError, OSError, ValueError, TypeError, KeyError) as error:
            self._breaker.fail()
            raise NluUnavailable(f"no usable answer: {type(error).__name__}") from error
        except BaseException:
            self._breaker.abandon()
            raise
        self._breaker.succeed()

    async def _parse(self, words: str) -> object:
        async with self._session.post(
            self._address,
            params={"token": self._token},
            json={"text": words},
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            raise_for_status=True,
        ) as response:
            return await response.json()


def _understanding(answer: object, words: str) -> Understanding:
    """Read Rasa's answer; ValueError, TypeError or KeyError when it is not one."""
    if not isinstance(answer, dict):
        raise TypeError("not an object")
    intent = answer["intent"]["name"]
    if not isinstance(intent, str) or not intent:
        raise ValueError("no intent")
    return Understanding(
        intent=intent,
        confidence=float(answer["intent"]["confidence"]),
        entities=tuple(
            Entity(str(found["entity"]), str(found["value"]), words[int(found["start"]) : int(found["end"])])
            for found in answer["entities"]
        ),
        ranking=tuple((str(rank["name"]), float(rank["confidence"])) for rank in answer["intent_ranking"]),
        alarm=_alarm(answer.get("alarm")),
    )


def _alarm(found: object) -> Alarm | None:
    """Read the alarm head's part of the answer; TypeError, KeyError or ValueError when it is not one."""
    if found is None:
        return None
    if not isinstance(found, dict):
        raise TypeError("the alarm is no object")
    category, confidence = found["category"], found["confidence"]
    if not isinstance(category, str) or not category:
        raise ValueError("the alarm has no category")
    if isinstance(confidence, bool) or not isinstance(confidence, float | int) or not 0 <= confidence <= 1:
        raise ValueError("the alarm's confidence is no number from 0 to 1")
    return Alarm(category, float(confidence))
