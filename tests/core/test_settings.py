"""Test settings: what is refused, that all errors are reported at once, and that no secret is shown."""

import base64

import pytest

from core.errors import ConfigurationError
from core.municipalities import ChannelSecrets
from core.process_secrets import PROCESS_SECRETS, SecretName
from core.settings import Settings, read_settings, variables

SECRET = "s" * 32
GOOD = {
    "DATABASE_URL": "postgresql+psycopg://db",
    "REDIS_URL": "redis://r",
    "RASA_URL": "http://127.0.0.1:5005",
    "RASA_TOKEN": "token",
    "LINE_API_URL": "http://127.0.0.1:8090",
    "HELPO_ENCRYPTION_KEYS": "k1:" + base64.b64encode(b"k" * 32).decode(),
    "HELPO_SESSION_SECRET": SECRET,
}
REAL = {"LINE_API_URL": "https://api.line.me", "HELPO_PUBLIC_URL": "https://helpo.example.jp"}


def refusal(**changes: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(GOOD | changes)
    return str(caught.value)


def test_good_settings_are_read() -> None:
    assert read_settings(GOOD).public_url == "http://127.0.0.1:8080"
    assert read_settings(GOOD | REAL).is_real_channel


def test_beside_a_real_channel_residents_are_sent_to_https_only() -> None:
    refused = refusal(**REAL | {"HELPO_PUBLIC_URL": "http://helpo.example.jp"})
    assert "HELPO_PUBLIC_URL: must begin with https:// while LINE_API_URL is not loopback" in refused
    without_line = {name: value for name, value in GOOD.items() if name != "LINE_API_URL"}
    with pytest.raises(ConfigurationError, match="HELPO_PUBLIC_URL"):
        read_settings(without_line)  # both defaults: LINE itself, and an address that is not https


@pytest.mark.parametrize("url", ["helpo.example.jp", "https://", "ftp://helpo.example.jp", ""])
def test_a_public_address_that_is_none_is_refused(url: str) -> None:
    assert "HELPO_PUBLIC_URL" in refusal(HELPO_PUBLIC_URL=url)


def test_a_clock_for_tests_is_refused_beside_a_real_channel() -> None:
    assert "HELPO_CLOCK_FILE" in refusal(**REAL | {"HELPO_CLOCK_FILE": "clock"})
    assert read_settings(GOOD | {"HELPO_CLOCK_FILE": "clock"}).clock_file


@pytest.mark.parametrize("name", ["HELPO_BIND", "HELPO_PAGES_BIND", "HELPO_SIMULATOR_BIND"])
@pytest.mark.parametrize("port", ["0", "65536", "99999", "http", "-1", "٣", ""])
def test_a_port_out_of_range_is_refused(name: str, port: str) -> None:
    assert name in refusal(**{name: f"127.0.0.1:{port}"})


@pytest.mark.parametrize("port", ["1", "65535"])
def test_the_first_and_the_last_port_are_ports(port: str) -> None:
    assert read_settings(GOOD | {"HELPO_BIND": f"127.0.0.1:{port}"}).bind.endswith(port)


def test_a_log_level_is_one_of_five_in_capitals_or_not() -> None:
    assert "HELPO_LOG_LEVEL: must be one of DEBUG, INFO" in refusal(HELPO_LOG_LEVEL="loud")
    assert read_settings(GOOD | {"HELPO_LOG_LEVEL": "debug"}).log_level == "DEBUG"


@pytest.mark.parametrize("secret", ["s" * 31, "s" + " " * 40, ""])
def test_a_session_secret_that_can_be_guessed_is_refused_and_not_quoted(secret: str) -> None:
    refused = refusal(HELPO_SESSION_SECRET=secret)
    assert "HELPO_SESSION_SECRET" in refused
    assert "sss" not in refused


@pytest.mark.parametrize("proxies", ["nginx", "10.0.0.0/99", "10.0.0.1/8"])
def test_trusted_proxies_are_networks(proxies: str) -> None:
    assert "HELPO_TRUSTED_PROXIES" in refusal(HELPO_TRUSTED_PROXIES=proxies)


def test_this_machine_is_trusted_unless_others_are_named() -> None:
    settings = read_settings(GOOD)
    assert settings.is_trusted_proxy("127.0.0.1")
    assert settings.is_trusted_proxy("::1")
    assert settings.is_trusted_proxy("::ffff:127.0.0.1")
    assert not settings.is_trusted_proxy("10.0.0.5")
    assert not settings.is_trusted_proxy("localhost")
    other = read_settings(GOOD | {"HELPO_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32"})
    assert other.is_trusted_proxy("10.0.0.5")
    assert other.is_trusted_proxy("2001:db8::1")
    assert not other.is_trusted_proxy("127.0.0.1")


def test_everything_wrong_is_said_in_one_error() -> None:
    wrong = {
        **REAL,
        "HELPO_PUBLIC_URL": "http://helpo.example.jp",
        "HELPO_BIND": "127.0.0.1:0",
        "HELPO_LOG_LEVEL": "loud",
        "HELPO_SESSION_SECRET": "short",
        "HELPO_TRUSTED_PROXIES": "nginx",
        "HELPO_CLOCK_FILE": "clock",
        "RASA_TOKEN": "",
    }
    lines = refusal(**wrong).splitlines()[1:]
    assert {line.split(":")[0].strip() for line in lines} == wrong.keys() - {"LINE_API_URL"}


def test_no_secret_shows_when_settings_or_a_channels_secrets_are_printed() -> None:
    settings: Settings = read_settings(GOOD | {"LINE_CHANNEL_SECRET": "channel-secret-value"})
    assert SECRET not in repr(settings)
    assert "channel-secret-value" not in repr(settings)
    shown = repr(ChannelSecrets("iwaki", "channel-secret-value", "access-token-value"))
    assert "iwaki" in shown
    assert "value" not in shown


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (
            "postgres://helpo:p%40ss@db.example.jp/helpo",
            "postgresql+psycopg://helpo:p%40ss@db.example.jp/helpo",
        ),
        (
            "postgresql://helpo@db/helpo?sslmode=require",
            "postgresql+psycopg://helpo@db/helpo?sslmode=require",
        ),
        (" postgres://db:5433/helpo ", "postgresql+psycopg://db:5433/helpo"),
        ("postgresql:///helpo?host=/run/postgresql", "postgresql+psycopg:///helpo?host=%2Frun%2Fpostgresql"),
        ("postgresql+psycopg://u:p@[::1]:5432/h", "postgresql+psycopg://u:p@[::1]:5432/h"),
    ],
)
def test_an_address_of_postgresql_is_read_as_others_write_it(given: str, read: str) -> None:
    settings = read_settings(GOOD | {"DATABASE_URL": given, "DATABASE_OWNER_URL": given})
    assert settings.database_url.get_secret_value() == read
    assert settings.database_owner_url is not None
    assert settings.database_owner_url.get_secret_value() == read


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
@pytest.mark.parametrize(
    "url", ["db.example.jp/helpo", "postgres://", "postgres:///helpo", "mysql://secret-words@db/helpo", "",
            "postgresql+asyncpg://db/helpo", "postgres://u:secret-words@db:port/helpo", "http://db/helpo"],
)  # fmt: skip
def test_what_is_no_address_of_postgresql_is_refused_with_what_to_write(name: str, url: str) -> None:
    refused = refusal(**{name: url})
    assert f"{name}: " in refused
    assert "empty" in refused or "such as postgresql://" in refused
    assert "secret-words" not in refused


@pytest.mark.parametrize(
    "url", ["127.0.0.1:6379", "localhost", "redis://", "http://r:6379", "redis://r:port", "://", "unix://"]
)
def test_what_is_no_address_of_redis_is_refused_with_what_to_write(url: str) -> None:
    assert "REDIS_URL: " in refusal(REDIS_URL=url)
    assert "such as redis://127.0.0.1:6379/0" in refusal(REDIS_URL=url)


@pytest.mark.parametrize("url", ["rediss://:word@r:6380/1", "unix:///run/valkey.sock", "redis://r"])
def test_addresses_of_redis_are_taken_as_they_are(url: str) -> None:
    assert read_settings(GOOD | {"REDIS_URL": url}).redis_url.get_secret_value() == url


@pytest.mark.parametrize("name", ["RASA_URL", "LINE_API_URL", "LINE_DATA_URL"])
@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:5005", "localhost:5005", "http://", "ftp://rasa", "http://rasa:port", "http://[::1", ""],
)
def test_an_address_on_the_web_has_a_scheme_and_a_host(name: str, url: str) -> None:
    assert f"{name}: " in refusal(**{name: url})


def test_wrong_addresses_are_all_said_in_the_one_error() -> None:
    wrong = {
        "DATABASE_URL": "db/helpo",
        "REDIS_URL": "r:6379",
        "RASA_URL": "rasa",
        "HELPO_METRICS_BIND": "9100",
    }
    lines = refusal(**wrong).splitlines()[1:]
    assert {line.split(":")[0].strip() for line in lines} == set(wrong)


@pytest.mark.parametrize("number", ["0", "many", "-5", "19"])
def test_a_cap_that_would_let_nobody_in_is_refused(number: str) -> None:
    assert "HELPO_MAX_CONNECTIONS" in refusal(HELPO_MAX_CONNECTIONS=number)


@pytest.mark.parametrize("process", sorted(PROCESS_SECRETS))
def test_a_process_asks_for_nothing_that_it_does_not_need(process: str) -> None:
    needs = PROCESS_SECRETS[process]
    owner = {"DATABASE_OWNER_URL": "postgres://db", "HELPO_METRICS_TOKEN": "m" * 10}
    given = {**GOOD, **owner}
    fields = {
        SecretName.DATABASE,
        SecretName.OWNER,
        SecretName.REDIS,
        SecretName.RASA,
        SecretName.KEYS,
        SecretName.SESSION,
        SecretName.METRICS,
    }
    for field in fields - needs:
        for name in variables(field):
            given.pop(name, None)
    bare, full = read_settings(given, needs), read_settings({**GOOD, **owner}, needs)
    for field in fields:
        for settings in (bare, full):
            value = getattr(settings, field)
            if field in needs:
                assert value.get_secret_value()
            elif value is not None:
                with pytest.raises(ConfigurationError, match="is not given to this process"):
                    value.get_secret_value()


def test_what_a_process_needs_is_asked_for() -> None:
    for field in (
        SecretName.DATABASE,
        SecretName.REDIS,
        SecretName.RASA,
        SecretName.KEYS,
        SecretName.SESSION,
    ):
        given = {name: value for name, value in GOOD.items() if name not in variables(field)}
        for needs in PROCESS_SECRETS.values():
            if field in needs:
                with pytest.raises(ConfigurationError, match=field.upper()):
                    read_settings(given, needs)
