"""Configure the simulator at its start."""

from dataclasses import dataclass, field
from hashlib import md5

from core.clock import Clock, system_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One official account: a municipality's channel."""

    municipality: str
    name: str
    secret: str = field(repr=False)
    access_token: str = field(repr=False)
    webhook_url: str

    @property
    def bot_user_id(self) -> str:
        """The account's own id, which webhooks name as `destination`."""
        return "U" + md5(self.municipality.encode(), usedforsecurity=False).hexdigest()


DEFAULT_MENU = ("相談する", "病院をさがす", "薬のこと", "人に相談", "使い方")
DEMO_NAMES = ("デモ 花子", "デモ 太郎", "デモ さくら")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Channels and behaviour of the simulator; durations in seconds."""

    channels: tuple[Channel, ...]
    clock: Clock = system_clock

    # LINE: "within 2 seconds" (partner development guidelines).
    webhook_timeout_s: float = 2.0
    # LINE states neither number nor interval; the first pauses are short, so that a demo recovers by itself.
    redelivery_first_s: float = 1.0
    redelivery_longest_s: float = 60.0
    redelivery_attempts: int = 20
    # Deliveries in flight at once; enough for a burst of 200/s with answers within 2 s.
    webhook_concurrency: int = 200
    # Events of several residents in one POST: gathered for so long, at most so many; 0 = one event a POST.
    batch_window_s: float = 0.0
    batch_limit: int = 20

    # Messages LINE's plan includes in a month; None = unlimited (a municipality's plan).
    monthly_quota: int | None = None

    # Tiles shown while the account has no rich menu; each sends its own words.
    default_menu: tuple[str, ...] = DEFAULT_MENU
    # Residents that the page makes when it is first opened and there are none.
    demo_names: tuple[str, ...] = DEMO_NAMES

    # Memory is bounded by these.
    requests_kept: int = 5_000
    feed_kept: int = 5_000
    messages_kept: int = 2_000  # of one resident
    media_bytes_kept: int = 256 * 1024 * 1024
