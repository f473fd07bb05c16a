"""Train and find the model, named by a hash of its sources: it is trained again only when they change."""

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
from pathlib import Path

from nlu import examples

ROOT = Path(__file__).resolve().parent.parent
KEPT = 3


class TrainingFailed(Exception):
    """The model could not be made; the message says why."""


def fingerprint(root: Path = ROOT) -> str:
    """Hash everything a model depends on; 16 hex digits."""
    digest = hashlib.sha256()
    for path in _sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def path(state_dir: Path) -> Path:
    """Return where the model of the present sources is, or will be."""
    return state_dir / "models" / f"{fingerprint()}.tar.gz"


def train(state_dir: Path) -> "tuple[Path, bool]":
    """Train the model unless it exists; return its path and whether it was trained now.

    An unfinished model is never visible: it is written elsewhere and moved into place.

    Raises:
        TrainingFailed: Rasa refused the pipeline or the data.
    """
    target = path(state_dir)
    if target.exists():
        os.utime(target)
        return target, False
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="training-", dir=target.parent) as workplace:
        made = fit(examples.training_folder(ROOT, Path(workplace)), Path(workplace))
        made.replace(target)
    _forget_old(target.parent)
    return target, True


def fit(data: Path, workplace: Path, pipeline: Path = ROOT / "config.yml") -> Path:
    """Train a pipeline on the files under `data`; return the archive made in `workplace`.

    Raises:
        TrainingFailed: Rasa refused the pipeline or the data.
    """
    from rasa.model_training import train_nlu

    from nlu.quiet import hush

    hush()
    # Rasa may rewrite the configuration it is given, so it gets a copy.
    config = Path(shutil.copy(pipeline, workplace))
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            made = train_nlu(str(config), str(data), str(workplace), fixed_model_name="model")
    except Exception as error:
        raise TrainingFailed(_root_cause(error)) from error
    if made is None:
        raise TrainingFailed(said.getvalue().strip() or "Rasa made no model")
    return Path(made)


def _root_cause(error: BaseException) -> str:
    """Return the first cause: Rasa wraps it in "error running graph component"."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


def _sources(root: Path) -> "list[Path]":
    found = [root / "config.yml", root / "nlu" / "requirements.lock"]
    found += (root / "data" / "nlu").rglob("*.yml")
    cases = ("danger.jsonl", "strangers.jsonl", "intents.jsonl")
    found += [root / "data" / "cases" / name for name in cases]
    found += (root / "data" / "lexicon").glob("*.yml")
    found += (root / "data" / "municipalities").glob("*.yml")
    found += (root / "nlu" / "components").rglob("*.py")
    found += (root / "core" / "ja").rglob("*.py")
    found += (root / "core" / "lexicon").rglob("*.py")
    return sorted(found)


def _forget_old(models: Path) -> None:
    by_age = sorted(models.glob("*.tar.gz"), key=lambda model: model.stat().st_mtime, reverse=True)
    for old in by_age[KEPT:]:
        old.unlink(missing_ok=True)
