"""Images out of requests, held in memory only."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import UploadFile
from starlette.formparsers import MultiPartParser

from api.problems import Problem, ProblemItem


def keep_in_memory(request_bytes: int) -> None:
    """Stop the multipart parser from spooling large parts, which are people's photos, to disk in clear."""
    MultiPartParser.spool_max_size = request_bytes + 1


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
