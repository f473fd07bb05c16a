"""Check the machine before anything starts; each problem is one line that says what to do."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from bot.up.errors import CannotStart
from bot.up.plan import Plan, split_bind
from bot.up.ports import is_free

NEEDED_BYTES = 500 * 1024 * 1024
NLU_PYTHON = Path("nlu/.venv/bin/python")
NLU_MISSING = (
    "ことばの理解（Rasa）の環境がありません。Python 3.10 を入れて"
    "（例: `pyenv install 3.10` または `.tools/bin/uv python install 3.10`）`make run` をもう一度実行してください。"
)


def state_folder(path: Path) -> Path:
    """Make the state folder if missing and return its real path.

    Raises:
        CannotStart: it cannot be made or written to, or the disk is nearly full.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "log").mkdir(mode=0o700, exist_ok=True)
        probe = path / "log" / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as exc:
        raise CannotStart(
            f"{path} に書き込めません（{exc.strerror}）。権限を確かめるか、HELPO_STATE_DIR に別のフォルダーを指定してください。"
        ) from None
    free = shutil.disk_usage(path).free
    if free < NEEDED_BYTES:
        raise CannotStart(
            f"ディスクの空きが {free // 1024**2} MB しかありません。{NEEDED_BYTES // 1024**2} MB 以上空けてから起動してください。"
        )
    return path.resolve()


def content_folder(path: Path) -> None:
    """Check that this is a folder in which HELPO can be run.

    Raises:
        CannotStart: the content is not here.
    """
    if not (path / "municipalities").is_dir():
        raise CannotStart(
            f"{path.absolute()} に HELPO のデータがありません。HELPO を入れたフォルダーで起動するか、HELPO_DATA_DIR を指定してください。"
        )


def ports(plan: Plan, environ: Mapping[str, str]) -> None:
    """Check that the addresses people open are free.

    Raises:
        CannotStart: one is taken; names the variable that moves it.
    """
    wanted = {"HELPO_BIND": plan.bind}
    if plan.runs_simulator:
        wanted["HELPO_SIMULATOR_BIND"] = plan.simulator_bind
    if "HELPO_PAGES_BIND" in environ:
        wanted["HELPO_PAGES_BIND"] = environ["HELPO_PAGES_BIND"]
    for variable, bind in wanted.items():
        host, port = split_bind(variable, bind)
        if not is_free(host, port):
            raise CannotStart(
                f"ポート {port} は別のプログラムが使用中か、使えません。"
                f"空いている番号を {variable} に指定してください（例: {variable}={host}:{port + 1000}）。"
            )


def understanding() -> str:
    """Return what to do when the Rasa environment is missing, else nothing; HELPO serves without it too."""
    return "" if NLU_PYTHON.exists() else NLU_MISSING
