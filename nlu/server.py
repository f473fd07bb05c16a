"""Run Rasa's own HTTP server for parsing only: no channels, no dialogue, token required."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanic import Sanic

_BACKLOG = 100


def serve(model: Path, host: str, port: int, token: str) -> None:
    """Serve `POST /model/parse?token=...` until SIGTERM or SIGINT; connections are refused until the model is loaded.

    Unlike `rasa run` no channel is registered: the REST channel would open a dialogue that nothing uses.
    """
    from rasa.core.run import configure_app, load_agent_on_start
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.common import update_sanic_log_level

    from nlu.quiet import hush

    hush()
    app = configure_app(input_channels=[], auth_token=token, enable_api=True, port=port)
    app.register_listener(
        partial(load_agent_on_start, str(model), AvailableEndpoints(), None), "before_server_start"
    )
    app.register_listener(_warm_up, "before_server_start")
    update_sanic_log_level()
    # The access log would contain the token, which is part of the address.
    app.run(host=host, port=port, backlog=_BACKLOG, workers=1, access_log=False, motd=False)


async def _warm_up(app: "Sanic", _loop: object) -> None:
    """Load dictionary and vectors before the first resident's message."""
    if not app.ctx.agent.is_ready():
        raise SystemExit("the model could not be loaded; run `helpo nlu train`")
    await app.ctx.agent.parse_message("こんにちは")
