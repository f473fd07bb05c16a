"""Test that no file makes the importers' readers hang or fail except by their own refusal."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import ImportRefused
from facilities import ministry
from facilities.cell_values import BadRow, digits
from facilities.column_counts import facility_bits, hours_bits
from facilities.model import Problem
from facilities.open_data_csv import Row, SourceFile, rows
from facilities.sources import find_sources
from shop.reading import read_shops

DATA = Path(__file__).parents[2] / "data"
SAMPLES = sorted((DATA / "facilities/sample").glob("*.csv"))
SHOPS = DATA / "shop/sample/iwaki.csv"
TODAY = date(2026, 11, 16)
many = examples(
    max_examples=200,
    deadline=2000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Pieces that mean something to one of the readers.
pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([
        b"\r", b"\n", b"\r\n", b'"', b'""', b",", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"PK\x05\x06",
        b"1e999", b"nan", b"-0", b"24:00:00", b"9:0", b'="07"', "０７２".encode(), "٣:٣٣".encode(), "\u2028".encode(),
        b"2026-02-30", b"0000-00-00", b"https://[", b"http://" + b"a" * 300, b"x" * 6000, b"," * 600,
    ]),
)  # fmt: skip
# Where the piece goes, how much it takes the place of, and what it is.
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), pieces), max_size=6)


def edited(content: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, length, piece in changes:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + length :]
    return content


def refusal_of(work: Callable[[], object]) -> str:
    """Do something; return why it was refused, empty when it was not. Every other failure passes through."""
    try:
        work()
    except (ImportRefused, BadRow) as refused:
        return str(refused)
    return ""


def read(path: Path) -> None:
    """Read a file to records, as the import does, or be refused by one line."""
    assert len(refusal_of(lambda: read_through(path)).splitlines()) <= 1


def read_through(path: Path) -> None:
    for source in find_sources([path], TODAY)[0]:
        for number, row in rows(source, _is_wanted if source.is_hours else None):
            assert number > 1
            if isinstance(row, Problem):
                assert str(row).isprintable()
            else:
                refusal_of(partial(to_record, source, row))


def to_record(source: SourceFile, row: Row) -> None:
    if source.is_hours:
        hours_bits(ministry.department_record(row, ministry.identity_of(row), _ignore))
    else:
        ministry.city_code(row)
        facility_bits(ministry.facility_record(row, source, _ignore))


def _is_wanted(text: str) -> bool:
    return len(digits(text, 13)) > 0


def _ignore(reason: str, column: str = "", value: str = "", department: str = "") -> None:
    assert str(Problem("f", 2, reason, column, value, department)).isprintable()


def zipped(content: bytes, name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@many
@given(sample=st.sampled_from(SAMPLES), changes=edits)
@pytest.mark.timeout(300)
def test_a_table_changed_anywhere_is_read_or_refused(
    tmp_path: Path, sample: Path, changes: list[tuple[float, int, bytes]]
) -> None:
    path = tmp_path / sample.name
    path.write_bytes(edited(sample.read_bytes(), changes))
    read(path)


@many
@given(content=st.one_of(st.binary(max_size=2000), st.text(max_size=2000).map(str.encode)))
@example(b"\r" * 3000)
@example(b'"' * 90_000)
@example(b"," * 90_000)
@pytest.mark.timeout(300)
def test_anything_under_the_name_of_a_table_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / SAMPLES[0].name
    path.write_bytes(content)
    read(path)


@many
@given(sample=st.sampled_from(SAMPLES), changes=edits)
@pytest.mark.timeout(300)
def test_an_archive_changed_anywhere_is_read_or_refused(
    tmp_path: Path, sample: Path, changes: list[tuple[float, int, bytes]]
) -> None:
    path = tmp_path / f"{sample.name}.zip"
    path.write_bytes(edited(zipped(sample.read_bytes(), sample.name), changes))
    read(path)


@many
@given(tail=st.binary(max_size=200), changes=edits)
@pytest.mark.timeout(300)
def test_the_list_of_an_archive_may_be_damaged(
    tmp_path: Path, tail: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    """Most of a small archive is its list of members."""
    path = tmp_path / "data.zip"
    path.write_bytes(edited(zipped(b"ID\r\n", SAMPLES[0].name), changes) + tail)
    read(path)


@many
@given(changes=edits, encoding=st.sampled_from(["utf-8", "cp932"]))
@pytest.mark.timeout(300)
def test_a_file_of_shops_changed_anywhere_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[float, int, bytes]], encoding: str
) -> None:
    path = tmp_path / "shops.csv"
    path.write_bytes(edited(SHOPS.read_text(encoding="utf-8").encode(encoding), changes))
    told = refusal_of(lambda: check_shops(path))
    assert all(line.startswith(str(path)) for line in told.splitlines())


def check_shops(path: Path) -> None:
    for record in read_shops(path, TODAY):
        assert record.checked_at <= TODAY
        assert "\0" not in record.name + record.contact + record.hours


@many
@given(content=st.binary(max_size=2000))
@pytest.mark.timeout(300)
def test_anything_given_for_shops_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shops.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefused):
        read_shops(path, TODAY)
