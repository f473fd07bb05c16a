"""Read the cities of this installation: one declarative file each in `data/municipalities/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.content import ContentModel, read_content
from core.content.yaml_source import load_yaml
from core.errors import ConfigurationError, ContentError
from core.process_secrets import SecretName
from core.settings import Settings


class Desk(BaseModel):
    """A public telephone desk; hours as `HH:MM-HH:MM`, past midnight allowed; `source` and date of the fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    number: str
    alternative: str = ""
    hours: str = "00:00-24:00"
    for_ages: Literal["all", "adult", "child"] = "all"
    about: str = ""
    source: str
    checked_on: str


class Hotline(BaseModel):
    """A hotline for people in despair; shown while it answers, once number and hours are `verified`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    number: str
    instead: dict[str, str] = {}
    hours: str
    about: str = ""
    source: str
    checked_on: str
    verified: bool

    def number_in(self, prefecture: str) -> str:
        """Return the number that people of a prefecture dial."""
        return self.instead.get(prefecture, self.number)


class Hotlines(ContentModel):
    """The hotlines of the whole country, in the order they are offered."""

    hotlines: tuple[Hotline, ...] = Field(min_length=1)


class District(BaseModel):
    """A district with a reference point (WGS 84, degrees) and other names residents use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kana: str
    latitude: float
    longitude: float
    aliases: tuple[str, ...] = ()


class Place(BaseModel):
    """A town, a station or a landmark that residents name: where it is (WGS 84, degrees), and its other names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kana: str
    latitude: float
    longitude: float
    aliases: tuple[str, ...] = ()


class ChannelNames(BaseModel):
    """Names of the environment variables that hold this channel's secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: str
    access_token: str


class Municipality(BaseModel):
    """One city: names, codes, channel, desks, districts, and places within them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    name: str
    prefecture: str
    code: str = Field(pattern=r"^\d{5}$", description="JIS prefecture + municipality code, 5 digits")
    account_name: str
    line_content_policy: Literal["chat", "page"] = "chat"
    line: ChannelNames
    # The account's own id (`userId` of LINE's `GET /v2/bot/info`): webhooks for another one are refused.
    bot_user_id: str = Field(default="", pattern=r"^(U[0-9a-f]{32})?$")
    site: str = Field(default="", pattern=r"^(https://\S+)?$", description="the city's own pages")
    demo: bool = False
    desks: tuple[Desk, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    districts: tuple[District, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelSecrets:
    """The secrets of one LINE channel: signature and access token."""

    municipality_id: str
    secret: str = field(repr=False)
    access_token: str = field(repr=False)


def load_municipalities(data_dir: Path) -> dict[str, Municipality]:
    """Read all cities, by id; each with its own hotlines first, then the country's.

    Raises:
        ContentError: a file is broken; says which, where and why.
    """
    found: dict[str, Municipality] = {}
    national = read_content(data_dir / "hotlines.yml", Hotlines).hotlines
    for path in sorted((data_dir / "municipalities").glob("*.yml")):
        try:
            city = Municipality.model_validate(load_yaml(path.read_text(encoding="utf-8"), path))
        except ValidationError as exc:
            raise ContentError(f"{path}: {exc}") from exc
        if city.id != path.stem:
            raise ContentError(f"{path}: id is '{city.id}' but the file is named '{path.stem}.yml'")
        found[city.id] = city.model_copy(update={"hotlines": (*city.hotlines, *national)})
    if not found:
        raise ContentError(f"{data_dir / 'municipalities'}: no city is described there")
    return found


def channel_secrets(settings: Settings, cities: Mapping[str, Municipality]) -> dict[str, ChannelSecrets]:
    """Return the secrets of all channels, by municipality; a real installation leaves out invented cities.

    A secret that the process does not need is empty.

    Raises:
        ConfigurationError: lists each variable that is not set, and the unknown default municipality.
    """
    if settings.municipality not in cities:
        raise ConfigurationError(
            f"HELPO_MUNICIPALITY is '{settings.municipality}'; known are: {', '.join(sorted(cities))}"
        )
    problems: list[str] = []
    found: dict[str, ChannelSecrets] = {}
    needs_secret = SecretName.CHANNEL_SECRETS in settings.needs
    needs_token = SecretName.CHANNEL_TOKENS in settings.needs
    for city in cities.values():
        if city.demo and settings.is_real_channel:
            continue
        try:
            secret = settings.channel_secret(city.line.secret) if needs_secret else ""
            token = settings.channel_secret(city.line.access_token) if needs_token else ""
        except ConfigurationError as exc:
            problems.append(f"{city.name}: {exc}")
            continue
        found[city.id] = ChannelSecrets(city.id, secret, token)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return found
