"""Test files that are not the ministry's, or made to cost memory and time: refused by one clear line."""

import csv
import os
import socket
import stat
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.clock import Clock
from core.db.engine import Sessions
from core.errors import ContentError, ImportRefused
from core.municipalities import Municipality
from facilities.archives import MOST_MEMBERS
from facilities.importer import import_files
from facilities.open_data_csv import MOST_COLUMNS, MOST_LINE, rows
from facilities.sources import find_sources
from tests.facilities.imported import CLINICS, PHARMACIES, stored

TODAY = date(2026, 11, 17)


def read_through(path: Path, last_day: date) -> None:
    for source in find_sources([path], last_day)[0]:
        for _ in rows(source):
            pass


def refusal(path: Path, last_day: date = TODAY) -> str:
    """Return the one line by which a file is refused, by looking at it or by reading it through."""
    with pytest.raises(ImportRefused) as refused:
        read_through(path, last_day)
    told = str(refused.value)
    assert told.startswith(str(path))
    assert len(told.splitlines()) == 1
    assert len(told) < 1000
    return told


@contextmanager
def cheap(seconds: float = 20.0, megabytes: float = 30.0) -> Iterator[None]:
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < seconds
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1_000_000
    finally:
        tracemalloc.stop()


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def giant(path: Path, name: str, head: bytes, piece: bytes, megabytes: int) -> Path:
    """Write an archive of one member: a beginning and so much of `piece`."""
    block = piece * (1_000_000 // len(piece))
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
        made.open(name, "w", force_zip64=True) as member,
    ):
        member.write(head)
        for _ in range(megabytes):
            member.write(block)
    return path


def listing(path: Path, count: int) -> Path:
    """Write an archive that lists so many empty members."""
    entry = b"PK\x01\x02" + bytes(42)
    end = b"PK\x05\x06" + bytes(4) + (count % 65536).to_bytes(2, "little") * 2
    end += (len(entry) * count).to_bytes(4, "little") + bytes(4) + bytes(2)
    path.write_bytes(entry * count + end)
    return path


@pytest.mark.parametrize("name", [CLINICS, "open_data.zip", "anything"])
@pytest.mark.timeout(20)
def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert "is a pipe, not a file" in refusal(tmp_path / name)


@pytest.mark.timeout(20)
def test_a_pipe_in_a_folder_is_refused_too(tmp_path: Path, sample: Path) -> None:
    os.mkfifo(tmp_path / CLINICS)
    with pytest.raises(ImportRefused, match="is a pipe"):
        find_sources([sample / PHARMACIES, tmp_path], TODAY)


@pytest.mark.timeout(20)
def test_devices_sockets_and_folders_are_refused(tmp_path: Path) -> None:
    assert "is a device, not a file" in refusal(Path("/dev/zero"))
    (tmp_path / PHARMACIES).symlink_to("/dev/zero")
    assert "is a device, not a file" in refusal(tmp_path / PHARMACIES)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        assert "is a socket, not a file" in refusal(tmp_path / "s")
    (tmp_path / "inner" / CLINICS).mkdir(parents=True)
    with pytest.raises(ImportRefused, match=f"{CLINICS}: is a folder, not a file"):
        find_sources([tmp_path / "inner"], TODAY)


@pytest.mark.parametrize("name", ["nonexist", CLINICS, "open_data.zip"])
def test_a_missing_file_is_called_missing_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path / name) == f"{tmp_path / name}: No such file or directory"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "symbolic links" in refusal(tmp_path / "loop")
    if os.geteuid():
        closed = tmp_path / CLINICS
        closed.write_text("")
        closed.chmod(stat.S_IWUSR)
        assert "Permission denied" in refusal(closed)


@pytest.mark.parametrize("edition", ["99990101", "20261118", "20270601"])
async def test_an_edition_of_the_future_is_refused_so_that_later_ones_are_not_older(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    changed: Callable[..., Path],
    edition: str,
) -> None:
    path = changed(PHARMACIES, "デモ平駅前薬局", "デモ", PHARMACIES.replace("20260601", edition))
    with pytest.raises(ImportRefused, match="which is in the future"):
        await import_files(sessions, [path], cities["iwaki"], clock)
    assert await stored(sessions) == ([], [])


async def test_an_edition_of_tomorrow_is_taken_and_one_of_the_future_that_is_known_blocks_nothing(
    sessions: Sessions,
    cities: dict[str, Municipality],
    clock: Clock,
    sample: Path,
    changed: Callable[..., Path],
) -> None:
    tomorrow = changed(PHARMACIES, "デモ平駅前薬局", "デモ", PHARMACIES.replace("20260601", "20261117"))
    assert (await import_files(sessions, [tomorrow], cities["iwaki"], clock)).facilities == 18

    def earlier() -> Clock:
        then = clock() - timedelta(days=60)
        return lambda: then

    report = await import_files(sessions, [sample / PHARMACIES], cities["iwaki"], earlier())
    assert report.facilities == 18


def test_a_line_of_three_gigabytes_in_a_small_archive_costs_nothing(tmp_path: Path) -> None:
    path = archive(tmp_path / f"{CLINICS}.zip", {CLINICS: bytes(3_000_000)})
    content = bytearray(path.read_bytes())
    # Its unpacked size as the list of members tells it.
    at = content.rindex(b"PK\x01\x02") + 24
    content[at : at + 4] = (3_000_000_000).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with cheap():
        assert "would unpack to 3000 MB" in refusal(path)


@pytest.mark.parametrize("head", ["nothing", "header", "row"])
def test_a_line_longer_than_any_row_is_refused_where_it_stands(
    tmp_path: Path, sample: Path, head: str
) -> None:
    lines = (sample / CLINICS).read_bytes().split(b"\r\n")
    begun = {"nothing": b"", "header": lines[0] + b"\r\n", "row": b"\r\n".join(lines[:3]) + b"\r\n"}[head]
    path = giant(tmp_path / f"{CLINICS}.zip", CLINICS, begun, b"a,", 400)
    with cheap():
        line = {"nothing": 1, "header": 2, "row": 4}[head]
        assert f":{line}: is a line of more than 100,000 characters" in refusal(path)


def test_lines_without_end_are_refused(tmp_path: Path, sample: Path) -> None:
    header = (sample / CLINICS).read_bytes().split(b"\r\n")[0] + b"\r\n"
    path = giant(tmp_path / f"{CLINICS}.zip", CLINICS, header, b"\n", 4)
    assert "has more than 3,000,000 lines" in refusal(path)


def test_a_file_larger_than_any_table_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / CLINICS
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with cheap():
        assert "is larger than 1000 MB" in refusal(path)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b'"' + b"a" * 5000 + b'"\r\n', ":1: the name of a column is longer than 200 characters: 'aaa"),
        (b"a" * (MOST_LINE + 1), ":1: is a line of more than"),
        (b",".join(b"%d" % n for n in range(MOST_COLUMNS + 1)), ":1: has 501 columns, at most 500"),
        (b"ID,ID,a", ":1: the column ID is there 2 times"),
        ("ID\t正式名称\t所在地".encode(), ":1: its columns are not separated by commas"),
        ("ID;正式名称;所在地".encode(), ":1: its columns are not separated by commas"),
        (b"", ": is empty"),
        (b"\r\n\r\n", ": is empty"),
        (b"ID,x", ":1: the header lacks 正式名称, 都道府県コード, 市区町村コード, 所在地, 所在地座標(緯度) and 8 more"),
        ("ID,x".encode("utf-16"), ":1: is not UTF-8"),
        ("\x1b[2J\u202e,x".encode(), ":1: the header lacks ID"),
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: bytes, says: str) -> None:
    path = tmp_path / CLINICS
    path.write_bytes(header)
    assert says in refusal(path)


def test_names_longer_than_the_reader_of_csv_takes_are_refused(sample: Path) -> None:
    """The limit belongs to the whole process; here it is lower than ours."""
    usual = csv.field_size_limit(5)
    try:
        assert "cannot be read as CSV: field larger than field limit" in refusal(sample / CLINICS)
    finally:
        csv.field_size_limit(usual)


def test_archives_with_too_many_files_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {f"{n}.csv": b"" for n in range(MOST_MEMBERS + 1)})
    assert f"holds {MOST_MEMBERS + 1} files, at most {MOST_MEMBERS}" in refusal(path)
    listing(path, 200_000)
    with cheap():
        assert f"lists more than {MOST_MEMBERS} files" in refusal(path)


def test_an_archive_in_an_archive_is_refused_and_named(tmp_path: Path, sample: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {CLINICS: (sample / CLINICS).read_bytes()})
    members = {PHARMACIES: (sample / PHARMACIES).read_bytes(), "more/open.ZIP": inner.read_bytes()}
    assert "holds another archive (more/open.ZIP)" in refusal(archive(tmp_path / "outer.zip", members))


def test_archives_that_cannot_be_unpacked_are_refused(tmp_path: Path, sample: Path) -> None:
    content = (sample / CLINICS).read_bytes()
    odd = archive(tmp_path / "a.zip", {CLINICS: content}, zipfile.ZIP_LZMA)
    assert "is packed by an unusual method" in refusal(odd)
    assert "holds no CSV file" in refusal(archive(tmp_path / "b.zip", {"readme.txt": b""}))
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 cut off")
    assert "cannot be unpacked" in refusal(tmp_path / "c.zip")
    names = archive(tmp_path / "d.zip", {"a\n\x1b.csv": b"", "b\u202e.csv": b""})
    assert "the name must be like" in refusal(names)


async def test_whatever_is_refused_among_good_files_nothing_is_imported(
    sessions: Sessions, cities: dict[str, Municipality], clock: Clock, sample: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path / "pipe", tmp_path / "missing", Path("/dev/null")):
        with pytest.raises(ContentError):
            await import_files(sessions, [sample, odd], cities["iwaki"], clock)
    assert await stored(sessions) == ([], [])
