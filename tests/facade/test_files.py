"""Uploads: the kinds of files, their names, and their state when a try fails."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import tempfile
import tracemalloc
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx
import pytest

from lucca_procurement import LuccaProcurement, errors
from lucca_procurement.emulator import Emulator
from lucca_procurement.files import LARGEST_FILE
from support.client import client_over
from support.loop import settled
from support.transports import Checked, Direct

CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "offer.pdf"
    path.write_bytes(CONTENT)
    return path


def stream_of(request: httpx.Request) -> httpx.AsyncByteStream:
    """Return the stream of the body of a request."""
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return request.stream


def content_of_part(wire: Checked) -> bytes:
    """Return the content of the only part of the last request."""
    content = wire.bodies[-1]
    boundary = content.partition(b"\r\n")[0]
    head, _, rest = content.partition(b"\r\n\r\n")
    assert b'name="form"; filename=' in head
    assert rest.endswith(b"\r\n" + boundary + b"--\r\n")
    return rest.removesuffix(b"\r\n" + boundary + b"--\r\n")


# ---- Files that can be uploaded


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize(("filename", "name"), [(None, "offer.pdf"), ("Offer 7.txt", "Offer 7.txt")])
async def test_upload_of_path_uses_own_or_given_name(
    wire: Checked, client: LuccaProcurement, path: Path, kind: Any, filename: str | None, name: str
) -> None:
    found = await client.files.upload(kind(path), filename)
    assert isinstance(found.id, uuid.UUID)
    assert (found.name, found.content_length) == (name, len(CONTENT))
    assert content_of_part(wire) == CONTENT


async def test_upload_of_bytes_uses_given_name(wire: Checked, client: LuccaProcurement) -> None:
    found = await client.files.upload(CONTENT, "offer.pdf")
    assert (found.name, content_of_part(wire)) == ("offer.pdf", CONTENT)
    assert (await client.files.upload(b"", "empty.txt")).content_length == 0


async def test_upload_of_open_file_rewinds_and_leaves_file_open(
    wire: Checked, client: LuccaProcurement, path: Path
) -> None:
    with path.open("rb") as file:
        file.seek(100)
        found = await client.files.upload(file)
        assert (found.name, content_of_part(wire)) == ("offer.pdf", CONTENT)
        assert not file.closed


async def test_upload_of_nameless_file_requires_filename(wire: Checked, client: LuccaProcurement) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        nameless: Any
        for nameless in (file, io.BytesIO(CONTENT), CONTENT):
            with pytest.raises(errors.InvalidArgument, match="filename"):
                await client.files.upload(nameless)
        assert wire.requests == []
        await client.files.upload(file, "offer.pdf")
    assert content_of_part(wire) == CONTENT
    await client.files.upload(io.BytesIO(CONTENT), "offer.pdf")
    assert content_of_part(wire) == CONTENT


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[BinaryIO]:
    """Return the list of the files that are opened by their paths."""
    files: list[BinaryIO] = []
    open_path = Path.open

    def keep(self: Path, *args: Any, **kwargs: Any) -> Any:
        files.append(open_path(self, *args, **kwargs))
        return files[-1]

    monkeypatch.setattr(Path, "open", keep)
    return files


@pytest.mark.parametrize("fault", [None, "500", "commit-then-drop"])
async def test_upload_of_path_closes_file_after_success_or_error(
    wire: Checked, client: LuccaProcurement, path: Path, opened: list[BinaryIO], fault: str | None
) -> None:
    if fault is None:
        await client.files.upload(path)
    else:
        wire.emulator.faults.add("upload_file", fault)
        with pytest.raises(errors.OutcomeUnknown):
            await client.files.upload(path)
    assert [file.closed for file in opened] == [True]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("offer.pdf", "application/pdf"),
        ("OFFER.PDF", "application/pdf"),
        ("a.png", "image/png"),
        ("a.csv", "text/csv"),
        ("offer", "application/octet-stream"),
        ("a.no-such-ending", "application/octet-stream"),
    ],
)
async def test_upload_content_type_follows_file_extension(client: LuccaProcurement, name: str, kind: str) -> None:
    assert (await client.files.upload(CONTENT, name)).content_type == kind


@pytest.mark.parametrize(
    "name", ['a "b".pdf', "Füße été.pdf", "発注.pdf", "a;b=c.pdf", "a'b%41.pdf", "-.pdf", "a b .pdf"]
)
async def test_upload_with_odd_filename_keeps_name_and_content(
    wire: Checked, client: LuccaProcurement, name: str
) -> None:
    found = await client.files.upload(CONTENT, name)
    # The client writes a quote as browsers do. Each server decides how it reads that.
    assert found.name == name.replace('"', "%22")
    assert content_of_part(wire) == CONTENT


async def test_uploads_in_flight_do_not_delay_reads(path: Path) -> None:
    under_way: list[str] = []
    go_on = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"id": 1})
        under_way.append(request.url.path)
        await go_on.wait()
        return httpx.Response(201, json={"id": str(uuid.uuid4())})

    async with client_over(Direct(answer)) as client:
        uploads = [asyncio.create_task(client.files.upload(path)) for _ in range(16)]
        await settled()
        assert len(under_way) == 2
        async with asyncio.timeout(5):
            assert (await client.purchases.get(1)).id == 1
        go_on.set()
        assert len(await asyncio.gather(*uploads)) == 16


# ---- Sent again


@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
async def test_upload_after_429_sends_whole_file_again(
    wire: Checked, client: LuccaProcurement, path: Path, kind: str
) -> None:
    wire.emulator.faults.add("upload_file", "429", times=2, retry_after="0")
    with path.open("rb") as file:
        given: dict[str, Any] = {"path": path, "bytes": CONTENT, "file": file}
        await client.files.upload(given[kind], "offer.pdf")
    assert [entry.status for entry in wire.emulator.log] == [429, 429, 201]
    assert content_of_part(wire) == CONTENT


async def test_upload_after_unsent_try_sends_whole_file(wire: Checked, path: Path) -> None:
    tries = []

    async def answer(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        if len(tries) == 1:
            # The client may find that a proxy is gone after the beginning of the file was read.
            await anext(aiter(stream_of(request)))
            raise httpx.ConnectError("refused")
        return await wire.handle_async_request(request)

    async with client_over(Direct(answer)) as client:
        with path.open("rb") as file:
            await client.files.upload(file)
    assert len(tries) == 2
    assert content_of_part(wire) == CONTENT


async def test_upload_of_large_file_is_streamed(tmp_path: Path) -> None:
    size = 60 * 2**20
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(size)
    received = []

    async def answer(request: httpx.Request) -> httpx.Response:
        async for part in stream_of(request):
            received.append(len(part))
        return httpx.Response(201, json={"id": str(uuid.uuid4())})

    async with client_over(Direct(answer)) as client:
        tracemalloc.start()
        try:
            await client.files.upload(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size < sum(received) < size + 1000
    assert peak < 4 * 2**20


# ---- Values that cannot be uploaded


def directory(path: Path) -> Any:
    return path.parent


def fifo(path: Path) -> Any:
    os.mkfifo(path.with_name("pipe"))
    return path.with_name("pipe")


def too_large(path: Path) -> Any:
    os.truncate(path, LARGEST_FILE + 1)
    return path


def closed(path: Path) -> Any:
    file = path.open("rb")
    file.close()
    return file


class Stream(io.RawIOBase):
    """A stream that can be read once."""

    name = "stream.bin"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def temporary(_: Path, mode: str) -> Any:
    return tempfile.NamedTemporaryFile(mode)


class Positionless(io.BytesIO):
    """A file that does not return its position, as some wrappers do not."""

    def __init__(self, position: Any) -> None:
        super().__init__(CONTENT)
        self._position = position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        super().seek(offset, whence)
        position: int = self._position
        return position


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "directory": (directory, "no regular file"),
    "pipe": (fifo, "no regular file"),
    "missing": (lambda path: path.with_name("missing.pdf"), "No such file"),
    "empty path": (lambda _: "", "no regular file"),
    "below a file": (lambda path: path / "below.pdf", "Not a directory"),
    "null in the path": (lambda path: f"{path}\0", "cannot be read"),
    "endless path": (lambda path: path.with_name("x" * 5000), "cannot be read"),
    "too large": (too_large, "at most 99 MB"),
    "text in memory": (lambda _: io.StringIO("text"), "rb"),
    "closed": (closed, "open binary file"),
    "stream": (lambda _: Stream(), "rewound"),
    "bytearray": (lambda _: bytearray(b"x"), "path, bytes"),
    "none": (lambda _: None, "path, bytes"),
    "number": (lambda _: 5, "path, bytes"),
    "seek that returns None": (lambda _: Positionless(None), "position"),
    "seek that returns text": (lambda _: Positionless("5"), "position"),
    "seek that returns less than nothing": (lambda _: Positionless(-1), "position"),
}


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
async def test_upload_of_invalid_file_is_refused_before_sending(
    wire: Checked, client: LuccaProcurement, path: Path, make: Callable[[Path], Any], said: str
) -> None:
    with pytest.raises(errors.InvalidArgument, match=said):
        await client.files.upload(make(path), "offer.pdf" if said == "position" else None)
    assert wire.requests == []


@pytest.mark.parametrize("mode", ["r", "w", "r+"])
@pytest.mark.parametrize("opener", [Path.open, temporary], ids=["path", "temporary"])
async def test_upload_of_text_mode_file_is_refused(
    wire: Checked, client: LuccaProcurement, path: Path, opener: Any, mode: str
) -> None:
    with opener(path, mode) as file, pytest.raises(errors.InvalidArgument, match="'rb'"):
        await client.files.upload(file, "offer.txt")
    assert wire.requests == []


async def test_upload_of_write_only_file_is_refused(wire: Checked, client: LuccaProcurement, path: Path) -> None:
    with path.open("wb") as file, pytest.raises(errors.InvalidArgument, match="'rb'"):
        await client.files.upload(file)
    assert wire.requests == []


@pytest.mark.parametrize("name", ["a\nb.pdf", "a\r\nX-Evil: 1.pdf", "\0", "\ud800.pdf", "a\u2028b", 5, b"a.pdf"])
async def test_upload_with_invalid_filename_is_refused(
    wire: Checked, client: LuccaProcurement, path: Path, name: Any
) -> None:
    for file in (path, CONTENT):
        with pytest.raises(errors.InvalidArgument, match="filename"):
            await client.files.upload(file, name)
    assert wire.requests == []


async def test_upload_of_largest_allowed_file_is_accepted(tmp_path: Path) -> None:
    lengths = []

    async def answer(request: httpx.Request) -> httpx.Response:
        lengths.append(int(request.headers["content-length"]))
        return httpx.Response(201, json={"id": str(uuid.uuid4())})

    path = tmp_path / "largest.bin"
    path.touch()
    os.truncate(path, LARGEST_FILE)

    async with client_over(Direct(answer)) as client:
        await client.files.upload(path)
    assert LARGEST_FILE < lengths[0] < 100 * 10**6


# ---- Files that fail while they are sent


class Unreadable(io.BytesIO):
    """A file that cannot be read to its end, as of a network drive that is gone."""

    name = "offer.pdf"

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


class Shrinking(io.BytesIO):
    """A file that is shorter than its size said."""

    name = "offer.pdf"

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) if not self.tell() else b""


@pytest.mark.parametrize("kind", [Unreadable, Shrinking])
async def test_upload_of_failing_file_raises_procurement_error(
    lucca_emulator: Emulator, lucca_client: LuccaProcurement, kind: type[io.BytesIO]
) -> None:
    with kind(CONTENT) as file:
        with pytest.raises(errors.ProcurementError, match="upload_file"):
            await lucca_client.files.upload(file)
        assert not file.closed
    # The connection is of no more use, and the client still is.
    assert (await lucca_client.files.upload(CONTENT, "offer.pdf")).content_length == len(CONTENT)


async def test_upload_of_file_closed_before_retry_raises_not_sent(wire: Checked, path: Path) -> None:
    file = path.open("rb")

    async def refuse(request: httpx.Request) -> httpx.Response:
        file.close()
        return httpx.Response(429, headers={"retry-after": "0"})

    async with client_over(httpx.MockTransport(refuse)) as client:
        with pytest.raises(errors.NotSent, match="cannot be read again"):
            await client.files.upload(file)


async def test_upload_of_gzip_file_sends_decompressed_content(tmp_path: Path, lucca_client: LuccaProcurement) -> None:
    path = tmp_path / "offer.csv.gz"
    path.write_bytes(gzip.compress(CONTENT * 2))
    with gzip.open(path) as file:
        found = await lucca_client.files.upload(cast("BinaryIO", file), "offer.csv")
    assert found.content_length == 2 * len(CONTENT)
