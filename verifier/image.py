"""Decodes what people upload, safely: sizes are checked before pixels are unpacked, and every way to be wrong
has its own error.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import threading
import warnings
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from models.arrays import Image as Pixels

pillow_heif.register_heif_opener()

MAX_BYTES = 40 * 1024 * 1024
"""A phone's 50-megapixel JPEG takes 15 to 25 MB."""

MAX_PIXELS = 100_000_000
MAX_SIDE = 20_000

MIN_SIDE = 32
"""Below this nothing can be read or recognised."""

PDF_DPI = 200

_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "WEBP": (b"RIFF",),
    "TIFF": (b"II*\x00", b"MM\x00*"),
    "BMP": (b"BM",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "PDF": (b"%PDF-",),
}
_AVIF = re.compile(rb".{4}ftypavi[fs]", re.DOTALL)
_VIDEO_CONTAINERS = {
    "AVI": re.compile(rb"RIFF.{4}AVI ", re.DOTALL),
    "WMV": re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    "FLV": re.compile(rb"FLV\x01"),
    "MPEG": re.compile(rb"\x00\x00\x01[\xba\xb3]|\x47.{187}\x47.{187}\x47", re.DOTALL),
    "Ogg": re.compile(rb"OggS"),
}
"""Heads of videos that are not taken; those that are taken are told by verifier.clip."""
_PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "TIFF", "BMP")
_SINGLE_FRAME = (
    "JPEG",
    "MPO",
    "HEIF",
    "BMP",
)  # an MPO's other frames are the phone's depth and preview images
_pdfium = threading.Lock()
"""PDFium must not be called by two threads at once (pypdfium2's README)."""
# Of bombs and broken tags, which are judged here.
warnings.filterwarnings("ignore", module=r"PIL\.")


class ImageErrorCode(StrEnum):
    """Stable codes of `ImageError`; docs/errors.md says what to do about each."""

    FILE_NOT_FOUND = "file_not_found"
    EMPTY = "empty_file"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED = "unsupported_format"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    ANIMATED = "animated"
    CLIP_UNREADABLE = "clip_unreadable"
    CLIP_UNSUPPORTED = "clip_unsupported"
    CLIP_TOO_SHORT = "clip_too_short"
    CLIP_TOO_LONG = "clip_too_long"


class ImageError(Exception):
    """A file that is not a usable photo. `name` is the file's or the field's name, as the caller gave it."""

    def __init__(self, code: ImageErrorCode, name: str, cause: str) -> None:
        super().__init__(f"{name}: {cause}")
        self.code = code
        self.name = name
        self.message = f"{name}: {cause}"


@dataclass(frozen=True)
class CaptureMetadata:
    """What the file says of itself: evidence for an agent, never proof. Times are as written, zoneless."""

    format: str
    width: int
    height: int
    camera: str | None = None
    software: str | None = None
    taken_at: str | None = None


@dataclass(frozen=True, eq=False)
class Photo:
    """One decoded upload: RGB uint8 (height, width, 3), upright by its EXIF orientation, in sRGB."""

    name: str
    pixels: Pixels
    sha256: str
    metadata: CaptureMetadata


def load(path: Path | str) -> Photo:
    """Decodes a file. Raises ImageError: those of `decode`, and file_not_found."""
    path = Path(path)
    if not path.is_file():
        cause = "is a folder, not a photo" if path.is_dir() else "there is no such file"
        raise ImageError(ImageErrorCode.FILE_NOT_FOUND, str(path), cause)
    if path.stat().st_size > MAX_BYTES:
        raise _too_many_bytes(str(path), path.stat().st_size)
    return decode(path.read_bytes(), name=str(path))


def decode(data: bytes, name: str = "image") -> Photo:
    """Decodes JPEG, PNG, WebP, HEIC, TIFF, BMP, or a PDF's first page.

    EXIF orientation is applied, colours are brought to sRGB, alpha is laid over white, 16 bits become 8.
    Raises ImageError, with any code but file_not_found; of those of videos (verifier.clip) clip_unsupported alone.
    """
    if not data:
        raise ImageError(ImageErrorCode.EMPTY, name, "the file is empty")
    if container := next((c for c, head in _VIDEO_CONTAINERS.items() if head.match(data)), None):
        raise unsupported_clip(name, container)
    if len(data) > MAX_BYTES:
        raise _too_many_bytes(name, len(data))
    picture = _render_pdf(data, name) if data.startswith(b"%PDF-") else _open(data, name)
    metadata = _metadata(picture)
    pixels = _to_srgb(_unpack(picture, name))
    return Photo(name, pixels, hashlib.sha256(data).hexdigest(), metadata)


def unsupported_clip(name: str, kind: str) -> ImageError:
    """What is said of a video whose container or codec is not taken."""
    cause = f"{kind} videos aren't taken; send MP4 (H.264 or H.265) or WebM (VP8 or VP9)"
    return ImageError(ImageErrorCode.CLIP_UNSUPPORTED, name, cause)


def _too_many_bytes(name: str, size: int) -> ImageError:
    cause = f"{size / 1e6:.0f} MB is more than the {MAX_BYTES / 1e6:.0f} MB that a photo may have"
    return ImageError(ImageErrorCode.TOO_LARGE, name, cause)


def _open(data: bytes, name: str) -> Image.Image:
    """Reads the header only, and refuses what must not be unpacked."""
    known = next((f for f, heads in _SIGNATURES.items() if data.startswith(heads)), None)
    if known == "GIF":
        raise _gif_error(data, name)
    try:
        picture = Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS)
        frames = 1 if picture.format in _SINGLE_FRAME else getattr(picture, "n_frames", 1)
    except Image.DecompressionBombError:
        raise ImageError(ImageErrorCode.TOO_LARGE, name, "the image has far too many pixels") from None
    except UnidentifiedImageError:
        raise _unidentified(data, name, known) from None
    except Exception:  # a codec may raise anything on a hostile header
        raise ImageError(ImageErrorCode.TRUNCATED, name, "the image's header is damaged") from None
    _check_size(picture.width, picture.height, name)
    if frames > 1:
        cause = "the file holds several frames or pages; send one still photo"
        raise ImageError(ImageErrorCode.ANIMATED, name, cause)
    return picture


def _check_size(width: int, height: int, name: str) -> None:
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        cause = (
            f"{width} x {height} pixels are too many; the most are {MAX_PIXELS // 1_000_000} megapixels, "
            f"{MAX_SIDE} on a side"
        )
        raise ImageError(ImageErrorCode.TOO_LARGE, name, cause)
    if min(width, height) < MIN_SIDE:
        cause = (
            f"{width} x {height} pixels are too few to see anything; at least {MIN_SIDE} a side are needed"
        )
        raise ImageError(ImageErrorCode.TOO_SMALL, name, cause)


def _gif_error(data: bytes, name: str) -> ImageError:
    try:
        animated = getattr(Image.open(io.BytesIO(data), formats=("GIF",)), "n_frames", 1) > 1
    except Exception:  # a damaged GIF is refused as a GIF all the same
        animated = False
    if animated:
        return ImageError(
            ImageErrorCode.ANIMATED, name, "an animated GIF is not a photo; send one still photo"
        )
    return _unsupported(name, "GIF")


def _unsupported(name: str, kind: str | None) -> ImageError:
    cause = f"{kind} is not supported; send JPEG, PNG, WebP or HEIC"
    return ImageError(ImageErrorCode.UNSUPPORTED, name, cause)


def _unidentified(data: bytes, name: str, known: str | None) -> ImageError:
    if _AVIF.match(data):
        return _unsupported(name, "AVIF")
    if known or data[4:8] == b"ftyp":
        return ImageError(ImageErrorCode.TRUNCATED, name, "the image is damaged or cut off; upload it again")
    try:
        other = Image.open(io.BytesIO(data)).format
    except Exception:  # whatever Pillow's other plug-ins think of it, it is no photo for us
        return ImageError(ImageErrorCode.NOT_AN_IMAGE, name, "the file is not an image")
    return _unsupported(name, other)


def _unpack(picture: Image.Image, name: str) -> Image.Image:
    try:
        picture.load()
        return ImageOps.exif_transpose(picture)
    except MemoryError:
        raise ImageError(ImageErrorCode.TOO_LARGE, name, "the image does not fit into memory") from None
    except Exception:  # Pillow's codecs raise OSError, SyntaxError, ValueError, struct.error ... on cut files
        raise ImageError(
            ImageErrorCode.TRUNCATED, name, "the image is damaged or cut off; upload it again"
        ) from None


def _render_pdf(data: bytes, name: str) -> Image.Image:
    with _pdfium:
        return _drawn(data, name)


def _drawn(data: bytes, name: str) -> Image.Image:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise ImageError(
            ImageErrorCode.TRUNCATED, name, "the PDF is damaged or locked by a password"
        ) from None
    try:
        page = document[0]
        width, height = (math.ceil(points / 72 * PDF_DPI) for points in page.get_size())
        _check_size(width, height, name)
        picture: Image.Image = page.render(scale=PDF_DPI / 72).to_pil()
        picture.format = "PDF"
        return picture
    except (pypdfium2.PdfiumError, IndexError):
        raise ImageError(ImageErrorCode.TRUNCATED, name, "the PDF has no page that can be drawn") from None
    finally:
        document.close()


def _metadata(picture: Image.Image) -> CaptureMetadata:
    try:
        exif = picture.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # broken EXIF is common in genuine photos and says nothing
        return CaptureMetadata(picture.format or "", picture.width, picture.height)
    make, model = _text(exif.get(ExifTags.Base.Make)) or "", _text(exif.get(ExifTags.Base.Model)) or ""
    camera = model if model.startswith(make) else f"{make} {model}".strip()
    return CaptureMetadata(
        format=picture.format or "",
        width=picture.width,
        height=picture.height,
        camera=camera or None,
        software=_text(exif.get(ExifTags.Base.Software)),
        taken_at=_text(details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)),
    )


def _text(value: object) -> str | None:
    text = str(value).strip("\x00 ")[:80] if isinstance(value, str) else ""
    return text if text.isprintable() and text else None


def _to_srgb(picture: Image.Image) -> Pixels:
    picture = _to_eight_bits(picture)
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    profile = picture.info.get("icc_profile")
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        picture = white.convert("RGB")
    if profile:
        picture = _apply_profile(picture, profile)
    return np.ascontiguousarray(picture.convert("RGB"), dtype=np.uint8)


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
    peak = values.max(initial=0)
    full = 1.0 if peak <= 1 else 255.0 if peak <= 255 else 65535.0 if peak <= 65535 else peak
    return Image.fromarray(np.clip(values * (255.0 / full), 0, 255).astype(np.uint8))


def _apply_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile costs some colour, not the photo
        return picture
    assert converted is not None
    return converted
