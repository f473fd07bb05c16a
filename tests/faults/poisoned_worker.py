"""Run the worker so that one message kills its process, as a crash in C code or the OOM killer would."""

import os
from typing import Any

from bot.cli import main
from bot.inbound.responder import Responder

POISON = "毒のことば"
EXIT_CODE = 86

respond = Responder.respond


async def choke(self: Responder, talk: Any, event: Any, inbound: Any, *rest: Any) -> Any:
    if POISON in inbound.text:
        os._exit(EXIT_CODE)
    return await respond(self, talk, event, inbound, *rest)


if __name__ == "__main__":
    Responder.respond = choke  # type: ignore[method-assign]
    main()
