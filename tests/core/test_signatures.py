"""Signatures of reviewed content: what loses one, and files that are none."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from core.content import ReviewedContent, may_run, read_content
from core.content.signatures import (
    Signature,
    SignatureState,
    Standing,
    fingerprint,
    read_signatures,
    withdraw_signature,
    write_signature,
)
from core.db.tables import Profession
from core.errors import ContentError

PARTS = {
    "about": {"title": "胸の痛み"},
    "red/a": {"says": "胸が痛い", "within": 40},
    "concept/pain": {"forms": ["痛い"]},
}


class Advice(ReviewedContent):
    """Content to sign, and a later release of it with a field more."""

    text: str


class NewerAdvice(Advice):
    within: int = 40
    also: tuple[str, ...] = ()
    across: bool = False


def signature(parts: dict[str, object] | None = None) -> Signature:
    return Signature.make(
        "danger",
        "chest",
        "0.1",
        parts or PARTS,
        reviewer="見本 監子",
        profession=Profession.DOCTOR,
        licence="第123456号",
        signed_on=date(2026, 11, 20),
        remark="よい",
    )


def test_a_signature_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = write_signature(tmp_path, signature())
    assert path == tmp_path / "triage/signatures/danger/chest.yml"
    assert read_signatures(tmp_path, "danger") == {"chest": signature()}
    assert read_signatures(tmp_path, "protocol") == {}
    assert withdraw_signature(tmp_path, "danger", "chest")
    assert read_signatures(tmp_path, "danger") == {}
    assert not withdraw_signature(tmp_path, "danger", "chest")


@pytest.mark.parametrize(
    ("parts", "changed"),
    [
        (PARTS | {"red/a": {"says": "胸がとても痛い", "within": 40}}, ("red/a",)),
        (PARTS | {"red/a": {"says": "胸が痛い", "within": 41}}, ("red/a",)),
        (PARTS | {"concept/pain": {"forms": ["痛い", "いてえ"]}}, ("concept/pain",)),
        (PARTS | {"red/b": {"says": "背中も痛い"}}, ("red/b",)),
        ({name: part for name, part in PARTS.items() if name != "red/a"}, ("red/a",)),
        (PARTS | {"red/a": {"says": "胸が痛い", "within": 0}}, ("red/a",)),
    ],
)
def test_any_change_loses_the_signature_and_is_named(
    parts: dict[str, object], changed: tuple[str, ...]
) -> None:
    state = SignatureState.of(signature(), parts)
    assert (state.standing, state.changed) == (Standing.STALE, changed)
    assert SignatureState.of(signature(parts), parts).standing is Standing.SIGNED


def test_without_a_signature_nothing_is_signed() -> None:
    assert SignatureState.of(None, PARTS) == SignatureState(None, Standing.UNSIGNED, ())


def test_a_new_field_that_a_file_does_not_use_changes_nothing_but_a_new_value_does() -> None:
    old, new = Advice(text="休む"), NewerAdvice(text="休む")
    plain = {"text": "休む", "within": 40}
    assert fingerprint(new.model_dump(mode="json")) == fingerprint(plain)
    assert fingerprint(old.model_dump(mode="json")) == fingerprint({"text": "休む"})
    assert fingerprint(NewerAdvice(text="休む", across=True).model_dump(mode="json")) != fingerprint(plain)


def test_what_a_file_says_of_its_own_review_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "advice.yml"
    path.write_text("text: 休む\nreviewer: null\nstatus: draft\n")
    draft = read_content(path, Advice)
    assert not draft.is_signed
    assert fingerprint(draft.model_dump(mode="json")) == fingerprint({"text": "休む"})
    signed = draft.model_copy(update={"is_signed": True})
    assert fingerprint(signed.model_dump(mode="json")) == fingerprint({"text": "休む"})


@pytest.mark.parametrize(
    "line", ["reviewer: 見本 監子", "status: reviewed", "is_signed: true", "is_signed: false"]
)
def test_a_content_file_cannot_call_itself_reviewed(tmp_path: Path, line: str) -> None:
    path = tmp_path / "advice.yml"
    path.write_text(f"text: 休む\n{line}\n")
    with pytest.raises(ContentError, match=r"advice\.yml:2: \w+: .*helpo triage sign"):
        read_content(path, Advice)


def test_content_runs_when_all_of_it_is_signed_or_drafts_may() -> None:
    draft = Advice(text="休む")
    signed = draft.model_copy(update={"is_signed": True})
    assert may_run(signed, signed, runs_drafts=False)
    assert not may_run(signed, draft, runs_drafts=False)
    assert may_run(signed, draft, runs_drafts=True)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "見本 監男", r"chest\.yml:\d+: checksum: .*changed by hand"),
        ("signed_on", "2026-11-21", r"chest\.yml:\d+: checksum: .*changed by hand"),
        ("content", "sha256:" + "0" * 64, r"chest\.yml:\d+: checksum: .*changed by hand"),
        ("content", "sha256:123", r"chest\.yml:9: content: "),
        ("content", None, r"chest\.yml:\d+: content: Field required"),
        ("checksum", "sha256:" + "0" * 64, r"chest\.yml:\d+: checksum: .*changed by hand"),
        ("checksum", None, r"chest\.yml:\d+: checksum: Field required"),
        ("licence", None, r"chest\.yml:\d+: licence: Field required"),
        ("licence", "", r"chest\.yml:6: licence: .*no licence number"),
        ("licence", "なし", r"chest\.yml:6: licence: .*no licence number"),
        ("profession", "wizard", r"chest\.yml:5: profession: "),
        ("signed_on", "soon", r"chest\.yml:7: signed_on: "),
        ("name", "\u200b", r"chest\.yml:4: name: .*cannot be seen"),
        ("id", "stomach", r"chest\.yml:\d+: "),
        ("kind", "horoscope", r"chest\.yml:1: kind: "),
        ("stamp", "x", r"chest\.yml:\d+: stamp: Extra inputs"),
    ],
)
def test_an_edited_file_is_no_signature(tmp_path: Path, field: str, value: str | None, says: str) -> None:
    path = write_signature(tmp_path, signature())
    fields = yaml.safe_load(path.read_text())
    if value is None:
        del fields[field]
    else:
        fields[field] = value
    path.write_text(yaml.safe_dump(fields, allow_unicode=True, sort_keys=False))
    with pytest.raises(ContentError, match=says):
        read_signatures(tmp_path, "danger")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "triage").write_text("a file where a folder should be")
    with pytest.raises(ContentError, match=r"signatures/danger/chest\.yml: cannot be written"):
        write_signature(tmp_path, signature())


@pytest.mark.parametrize("place", ["danger/stomach.yml", "protocol/chest.yml"])
def test_a_signature_signs_only_what_its_place_says(tmp_path: Path, place: str) -> None:
    path = write_signature(tmp_path, signature())
    moved = tmp_path / "triage/signatures" / place
    moved.parent.mkdir(exist_ok=True)
    path.rename(moved)
    with pytest.raises(ContentError, match=rf"{moved.name}:1: (id|kind): is '(chest|danger)' but"):
        read_signatures(tmp_path, "danger" if place.startswith("danger") else "protocol")
