"""List the parts of HELPO as children: name, command, and when each serves."""

import sys
from collections.abc import Awaitable, Callable, Mapping

import aiohttp

from bot.up.child import Child
from bot.up.environment import Environment

# Stages end from high to low: first the doors, then work in progress, then the servers they use.
COUNTERPARTS, WORK, DOORS = 1, 2, 3
SERVER_FAILURE = 500
PROBE_TIMEOUT = aiohttp.ClientTimeout(total=1.0)


def part(
    name: str,
    label: str,
    *arguments: str,
    environment: Mapping[str, str],
    stage: int = COUNTERPARTS,
    niceness: int = 0,
) -> Child:
    """Return the child that runs `helpo` with `arguments`."""
    command = (sys.executable, "-m", "bot", *arguments)
    return Child(
        name=name, label=label, command=command, environment=environment, stage=stage, niceness=niceness
    )


def serving_parts(environment: Environment, *, with_simulator: bool) -> list[Child]:
    """Return all parts except the servers and Rasa, in the order of their start."""
    of = environment.of
    parts = [
        part("intake", "受付（Webhook）", "web", "--part", "intake", environment=of("intake"), stage=DOORS),
        part("pages", "職員の画面", "web", "--part", "pages", environment=of("pages"), stage=DOORS),
        # The doors must answer within LINE's two seconds, whatever the worker is doing.
        part("worker", "返答と配信", "worker", environment=of("worker"), stage=WORK, niceness=5),
        part("scheduler", "予定の処理", "scheduler", environment=of("scheduler"), stage=WORK, niceness=5),
    ]
    if with_simulator:
        parts.append(
            part("simulator", "シミュレーター", "simulator", environment=of("simulator"), stage=COUNTERPARTS)
        )
    return parts


def nlu_server(environment: Environment) -> Child:
    """Return Rasa's server."""
    return part(
        "nlu",
        "ことばの理解（Rasa）",
        "nlu",
        "serve",
        environment=environment.of_understanding(),
        stage=COUNTERPARTS,
        niceness=5,
    )


def nlu_training(environment: Environment) -> Child:
    """Return the training of Rasa's model; it ends at once when the model is as new as its data."""
    return part(
        "nlu-train",
        "ことばの理解（Rasa）の学習",
        "nlu",
        "train",
        environment=environment.of_understanding(),
        niceness=10,
    )


def answers_at(http: aiohttp.ClientSession, url: str) -> Callable[[], Awaitable[bool]]:
    """Return a probe: whether `url` answers without a server error."""

    async def probe() -> bool:
        try:
            async with http.get(url, timeout=PROBE_TIMEOUT, allow_redirects=False) as response:
                return response.status < SERVER_FAILURE
        except (aiohttp.ClientError, TimeoutError):
            return False

    return probe
