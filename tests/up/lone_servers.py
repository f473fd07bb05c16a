"""Run a `helpo up` of only the servers: `python -m tests.up.lone_servers STATE_DIR`; prints the addresses."""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path

from bot.up import checks, credentials, lock
from bot.up.embedded_servers import make_embedding
from bot.up.environment import secret_names
from bot.up.plan import make_plan
from bot.up.supervisor import Supervisor
from core.municipalities import ChannelNames, Municipality

CITY = Municipality(
    id="city",
    name="市",
    prefecture="県",
    code="00000",
    account_name="市",
    line=ChannelNames(secret="A", access_token="B"),
)


def tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()


async def main(state_dir: Path) -> None:
    state_dir = checks.state_folder(state_dir)
    with lock.hold(state_dir):
        embedding = make_embedding(state_dir, make_plan({}, CITY))
        names = secret_names(embedding.plan, {CITY.id: CITY})
        secrets = credentials.complete(state_dir / "secrets.env", names, data_exists=embedding.has_data)
        postgres, valkey = embedding.prepare(secrets)
        assert postgres
        assert valkey
        async with asyncio.TaskGroup() as tasks:
            supervisor = Supervisor(tasks, state_dir / "log", lambda line: tell(said=line))
            for server in embedding.servers:
                supervisor.start(server.child())
            for server in embedding.servers:
                await supervisor.ready(server.name, partial(asyncio.to_thread, server.answers), within_s=60)
            postgres.create_roles()
            tell(
                app_url=postgres.url("helpo_app", driver="postgresql"),
                owner_url=postgres.url("helpo_owner", driver="postgresql"),
                redis_url=valkey.url,
                postgres=supervisor.pid("postgres"),
                valkey=supervisor.pid("valkey"),
                folder=str(postgres.place.folder),
            )
            await asyncio.to_thread(sys.stdin.read)
            await supervisor.stop()
            embedding.sweep()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
