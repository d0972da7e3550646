"""Images out of requests, held in memory only."""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser

from api.problems import Problem, ProblemItem

MOST_PARTS = 100
MOST_FIELD_BYTES = 1_000_000

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def keep_in_memory(request_bytes: int) -> None:
    """Stop Starlette's multipart parser from spooling large parts, which are people's photos, to disk in clear."""
    MultiPartParser.spool_max_size = request_bytes + 1


class FormRequest(Request):
    """A request whose multipart form is split where its boundary is found: each file is copied once, in memory.

    Starlette's own parser walks through it in Python, by steps of a boundary's length, and serves nobody else the while.
    """

    async def form(self, **limits: Any) -> FormData:  # type: ignore[override]
        """Its fields and files. Raises Problem 400 bad_request for a form that is none."""
        kind, options = parse_options_header(self.headers.get("content-type", ""))
        if kind != "multipart/form-data":
            return await super().form(**limits)
        if self._form is None:
            try:
                self._form = FormData(list(_parts(await self.body(), options.get("boundary", ""))))
            except (MultipartError, ValueError) as error:
                raise Problem(400, "bad_request", "the body is no multipart form") from error
        return self._form

    async def parts(self) -> list[bytes]:
        """What was sent: of a form its names and contents, without the boundary, which changes with each sending."""
        if not self.headers.get("content-type", "").startswith("multipart/form-data"):
            return [await self.body()]
        sent = []
        for name, value in (await self.form()).multi_items():
            sent += [name.encode(), value.encode() if isinstance(value, str) else value.file.read()]
            if isinstance(value, UploadFile):
                value.file.seek(0)
        return sent


class FormRoute(APIRoute):
    """A route whose forms are read by FormRequest."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def read(request: Request) -> Response:
            return await handle(FormRequest(request.scope, request.receive))

        return read


class _InMemory(UploadFile):
    """A file that is read and closed where it is: what Starlette does not know it hands to a thread."""

    _in_memory = True


def _parts(body: bytes, boundary: str) -> Iterator[tuple[str, str | UploadFile]]:
    segment, content = None, b""
    with PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, content = event, b""
            elif event is not None:
                content += event
            elif segment is not None:
                yield segment.name or "", _part(segment, content)


def _part(segment: MultipartSegment, content: bytes) -> str | UploadFile:
    if segment.filename is not None:
        return _InMemory(io.BytesIO(content), size=len(content), filename=segment.filename)
    if len(content) > MOST_FIELD_BYTES:
        raise ValueError("a field is too large")
    return content.decode("utf-8", "replace")


async def one_of_each(request: Request) -> None:
    """Dependency: Problem 422 several_files where a form names a file twice, of which only one would be kept."""
    names = [name for name, _ in (await request.form()).multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise _refusal(422, name, "several_files", "send one file")


def read_images(files: Mapping[str, UploadFile | None], limit: int) -> dict[str, bytes]:
    """Bytes of each file that was sent, by kind.

    Raises Problem 413 too_large for a file over `limit` bytes, and 422 empty_file for one of none.
    """
    images = {}
    for kind, file in files.items():
        if file is not None:
            images[kind] = check_image(kind, file.file.read(), limit)
    return images


def check_image(kind: str, image: bytes, limit: int) -> bytes:
    """The image itself, if it is of a size worth decoding."""
    if not image:
        raise _refusal(422, kind, "empty_file", "the file is empty")
    if len(image) > limit:
        raise _refusal(413, kind, "too_large", f"the file is larger than {limit} bytes")
    return image


def _refusal(status: int, kind: str, code: str, detail: str) -> Problem:
    item = ProblemItem(pointer=f"/{kind}", code=code, detail=detail)
    return Problem(status, code, f"{kind}: {detail}", errors=[item])
