"""Choose the system account that the embedded servers run as."""

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.up.errors import CannotStart

# Existing accounts without rights; `initdb` needs one that has a name.
UNPRIVILEGED = ("nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group id; `switch` says whether becoming it takes root's rights."""

    uid: int
    gid: int
    switch: bool

    def give(self, path: Path) -> None:
        """Make the account the owner of `path`."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may enter every folder down to `folder`."""
        return self._succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        """Whether this account can execute `program`."""
        return self._succeeds([str(program), "--version"])

    def run(
        self, command: list[str], *, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command of ours as this account and wait for it, two minutes at most."""
        return subprocess.run(  # noqa: S603  no shell, no outside words
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            cwd="/",
            env=environment,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def _succeeds(self, command: list[str]) -> bool:
        try:
            return self.run(command).returncode == 0
        except OSError:
            return False


def server_account() -> Account:
    """Return our own account, or an unprivileged one when we are root: PostgreSQL refuses to run as root.

    Raises:
        CannotStart: there is no such account.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise CannotStart(
        "root では PostgreSQL を動かせません。一般ユーザーで起動するか、nobody ユーザーを作ってください。"
    )
