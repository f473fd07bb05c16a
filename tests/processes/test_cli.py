"""What `helpo` says on the terminal when something it needs is away."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import DATA

NOBODY = "127.0.0.1:9"


def test_a_database_that_does_not_answer_is_one_line_for_a_person(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HELPO_STATE_DIR": str(tmp_path),
        "DATABASE_URL": f"postgresql://a:b@{NOBODY}/c",
        "DATABASE_OWNER_URL": f"postgresql://a:b@{NOBODY}/c",
        "REDIS_URL": f"redis://{NOBODY}/0",
        "HELPO_PUBLIC_URL": "http://127.0.0.1:8080",
        "RASA_URL": f"http://{NOBODY}",
        "LINE_API_URL": f"http://{NOBODY}",
        "LINE_DATA_URL": f"http://{NOBODY}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "db", "upgrade"],
        env=environment,
        cwd=DATA.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("helpo: the database does not answer")
    assert len(done.stderr.splitlines()) == 1
