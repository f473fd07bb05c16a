"""Read zip archives of the ministry: the tables inside, within limits on their number and unpacked size."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import ImportRefused
from core.regular_file import open_regular
from facilities.model import shown

# The largest table of 2026 has about 200 MB, all eight together 500 MB.
MOST_BYTES = 1_000_000_000  # of one file, packed or not
MOST_UNPACKED = 2_000_000_000  # of all tables in an archive
MOST_MEMBERS = 64
MOST_DIRECTORY = 1_000_000  # bytes of the list of members: it is read into memory as a whole
BROKEN = (OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile)
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_END, _ZIP64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LONGEST_COMMENT = 22, 65_535


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive.

    Raises:
        ImportRefused: it is no archive, is truncated, or lists too many members.
    """
    with open_regular(path, MOST_BYTES) as file:
        if _directory_size(file) > MOST_DIRECTORY:
            raise ImportRefused(
                f"{path}: lists more than {MOST_MEMBERS} files; unpack it and give the ministry's CSV files"
            )
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except BROKEN as exc:
            raise ImportRefused(
                f"{path}: cannot be unpacked ({shown(str(exc))}); fetch the archive again"
            ) from exc


def table_members(path: Path) -> list[str]:
    """Return the names of the CSV files in an archive.

    Raises:
        ImportRefused: it is broken, holds no table, too many or too large ones, or another archive.
    """
    with open_archive(path) as archive:
        listed = [info for info in archive.infolist() if not info.is_dir()]
        if len(listed) > MOST_MEMBERS:
            raise ImportRefused(
                f"{path}: holds {len(listed)} files, at most {MOST_MEMBERS} are read; unpack it and give the CSV files"
            )
        inner = next((i.filename for i in listed if i.filename.lower().endswith(".zip")), None)
        if inner:
            raise ImportRefused(
                f"{path}: holds another archive ({shown(inner)}); unpack it and give that one"
            )
        tables = [info for info in listed if info.filename.lower().endswith(".csv")]
        if not tables:
            raise ImportRefused(f"{path}: holds no CSV file")
        _check(path, tables)
        return [info.filename for info in tables]


def _check(path: Path, tables: list[zipfile.ZipInfo]) -> None:
    for info in tables:
        if info.file_size > MOST_BYTES:
            raise ImportRefused(
                f"{path}: {shown(info.filename)} would unpack to {info.file_size // 1_000_000} MB, more than the "
                f"{MOST_BYTES // 1_000_000} MB that a table may have; is it the right file?"
            )
        if info.compress_type not in _METHODS:
            raise ImportRefused(
                f"{path}: {shown(info.filename)} is packed by an unusual method; unpack it and give the CSV file"
            )
    if sum(info.file_size for info in tables) > MOST_UNPACKED:
        raise ImportRefused(
            f"{path}: would unpack to more than {MOST_UNPACKED // 1_000_000} MB; is it the right file?"
        )


def _directory_size(file: BinaryIO) -> int:
    """Return the size of the archive's list of members in bytes; a 64-bit archive counts as too large."""
    size = file.seek(0, 2)
    tail_at = max(0, size - _END_SIZE - _LONGEST_COMMENT - 20)
    file.seek(tail_at)
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        return 0  # no archive: `ZipFile` refuses it
    if tail[max(0, at - 20) : at].startswith(_ZIP64):
        return MOST_DIRECTORY + 1
    return int(struct.unpack_from("<L", tail, at + 12)[0])
