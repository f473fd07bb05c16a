"""Choose free loopback ports, the same as last time if possible."""

import json
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
HIGHEST = 65535


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on `host`:`port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do: closing connections do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def any_free() -> int:
    """Return a free loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def remembered_port(path: Path, name: str, *, preferred: int = 0) -> int:
    """Return the port for `name` and remember it in `path`.

    The first that is free of: last time's, `preferred`, any.
    """
    known = _read(path)
    for port in (known.get(name, 0), preferred):
        if port and is_free(LOOPBACK, port):
            break
    else:
        port = any_free()
    path.write_text(json.dumps(known | {name: port}), encoding="utf-8")
    return port


def _read(path: Path) -> dict[str, int]:
    """Return the remembered ports; none if the file is broken."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {name: port for name, port in known.items() if isinstance(port, int) and 0 < port <= HIGHEST}
