"""The commands of the understanding side: `python -m nlu train | serve | evaluate | alarm`, from the project's folder."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Optional
from urllib.parse import urlsplit

from nlu import model, quiet

_FAILED = 1
_USAGE = 2
_NOT_JSON = Path()
_NO_MODEL = "no model of the present data; run `helpo nlu train`"
_DEFAULT_URL = "http://127.0.0.1:5005"


def main() -> int:
    """Run one command; 0 done, 1 failed, 2 wrong usage."""
    parser = _parser()
    arguments = parser.parse_args()
    quiet.settle(os.environ)
    state_dir = Path(os.environ.get("HELPO_STATE_DIR") or "var")
    try:
        if arguments.command == "train":
            return _train(state_dir)
        if arguments.command == "serve":
            return _serve(state_dir, arguments.port)
        if arguments.command == "alarm":
            return _alarm(state_dir, arguments.file, are_strangers=arguments.strangers)
        return _evaluate(state_dir, arguments)
    except model.TrainingFailed as error:
        return _complain(f"training failed: {error}", _FAILED)


def _train(state_dir: Path) -> int:
    started = time.monotonic()
    archive, made_now = model.train(state_dir)
    took = f"trained in {time.monotonic() - started:.0f} s" if made_now else "up to date"
    _say(f"understanding: {took} ({archive.name})")
    return 0


def _serve(state_dir: Path, port: Optional[int]) -> int:
    token = os.environ.get("RASA_TOKEN", "")
    if not token:
        return _complain("RASA_TOKEN is missing or empty", _USAGE)
    archive = model.path(state_dir)
    if not archive.exists():
        return _complain(_NO_MODEL, _FAILED)
    address = urlsplit(os.environ.get("RASA_URL") or _DEFAULT_URL)
    from nlu.server import serve

    serve(archive, address.hostname or "127.0.0.1", port or address.port or 5005, token)
    return 0


def _alarm(state_dir: Path, file: Path, *, are_strangers: bool) -> int:
    from nlu.alarms import read_texts, served_alarms, strangers_alarms
    from nlu.examples import BadExamples

    archive = model.path(state_dir)
    if not are_strangers and not archive.exists():
        return _complain(_NO_MODEL, _FAILED)
    try:
        cases = read_texts(file)
    except BadExamples as error:
        return _complain(str(error), _USAGE)
    texts = [case["text"] for case in cases]
    for alarm in strangers_alarms(cases) if are_strangers else served_alarms(archive, texts):
        _say(json.dumps(alarm))
    return 0


def _evaluate(state_dir: Path, arguments: argparse.Namespace) -> int:
    from nlu import evaluation
    from nlu.examples import BadExamples, read_examples
    from nlu.scoring import summary

    file, pipeline = _file(arguments), arguments.pipeline
    if file is None and pipeline is not None:
        return _complain("--pipeline needs a file of labelled messages", _USAGE)
    if pipeline is not None and not pipeline.is_file():
        return _complain(f"{pipeline}: no such file", _USAGE)
    if file is None:
        result = evaluation.cross_validate()
    else:
        try:
            examples = read_examples(file, arguments.split)
        except BadExamples as error:
            return _complain(str(error), _USAGE)
        if pipeline is None:
            result = evaluation.evaluate(model.train(state_dir)[0], examples)
        else:
            result = evaluation.evaluate_pipeline(pipeline, examples)
    as_json = arguments.json is not _NOT_JSON
    _say(json.dumps(result, ensure_ascii=False) if as_json else summary(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nlu", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("train", help="make the model, unless the one there is of the same data and pipeline")
    serve = commands.add_parser("serve", help="answer POST /model/parse?token=$RASA_TOKEN at $RASA_URL")
    serve.add_argument("--port", type=int, help="instead of the port in RASA_URL")
    alarm = commands.add_parser("alarm", help="the alarm of each message, a line of JSON each")
    alarm.add_argument("file", type=Path, help='lines of {"text"}')
    alarm.add_argument(
        "--strangers",
        action="store_true",
        help="by heads that have not learnt from the message's `author`; trains one for each",
    )
    evaluate = commands.add_parser("evaluate", help="how well messages are understood")
    evaluate.add_argument(
        "file", nargs="?", type=Path, help="labelled messages; without it: 5-fold cross-validation"
    )
    evaluate.add_argument(
        "--json",
        nargs="?",
        type=Path,
        metavar="FILE",
        default=_NOT_JSON,
        help="the same, as one JSON object",
    )
    evaluate.add_argument("--split", default="", help="only lines whose `split` it is")
    evaluate.add_argument(
        "--pipeline",
        type=Path,
        metavar="FILE",
        help="train another pipeline (nlu/pipelines/) and evaluate it",
    )
    return parser


def _file(arguments: argparse.Namespace) -> Optional[Path]:
    return arguments.file if arguments.json in (None, _NOT_JSON) else arguments.json


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(line: str, code: int) -> int:
    sys.stderr.write(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
