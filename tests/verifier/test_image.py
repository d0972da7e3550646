"""What people upload is decoded safely or refused with a reason: a seller must know what to send instead."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from verifier.image import MAX_BYTES, ImageError, ImageErrorCode, decode, load


@pytest.fixture
def picture() -> Image.Image:
    """A picture with an obvious upper left corner: red there, blue elsewhere, with a soft gradient."""
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[..., 2] = np.linspace(120, 220, 200, dtype=np.uint8)
    pixels[:40, :60] = (230, 20, 20)
    return Image.fromarray(pixels)


def encoded(picture: Image.Image, file_format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, file_format, **options)
    return stream.getvalue()


def code_of(data: bytes) -> ImageErrorCode:
    with pytest.raises(ImageError) as caught:
        decode(data, name="card.jpg")
    assert "card.jpg" in caught.value.message
    return caught.value.code


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_common_formats_give_the_same_picture(picture: Image.Image, file_format: str) -> None:
    """A seller with another phone must not be turned away."""
    photo = decode(encoded(picture, file_format))
    assert photo.pixels.shape == (120, 200, 3)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels[10, 10, 0] > 180 > photo.pixels[10, 150, 0]


def test_heic_of_an_iphone(picture: Image.Image) -> None:
    stream = io.BytesIO()
    pillow_heif.from_pillow(picture).save(stream, quality=90)
    assert decode(stream.getvalue()).pixels[10, 10, 0] > 180


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
def test_exif_orientation_is_applied(picture: Image.Image, orientation: int, corner: tuple[int, int]) -> None:
    """A phone held sideways writes the pixels sideways and the truth into EXIF."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encoded(picture, "JPEG", exif=exif, quality=95)).pixels
    row, column = (10 if c == 0 else -10 for c in corner)
    assert pixels[row, column, 0] > 180


def test_cmyk_and_transparency_and_sixteen_bits(picture: Image.Image) -> None:
    """Scans come as CMYK or 16-bit grey, screenshots with alpha; none may turn black or negative."""
    cmyk = decode(encoded(picture.convert("CMYK"), "JPEG")).pixels
    assert cmyk[10, 10, 0] > 150 > cmyk[10, 10, 2]
    clear = picture.copy().convert("RGBA")
    clear.putalpha(0)
    assert decode(encoded(clear, "PNG")).pixels.min() == 255
    ramp = np.tile(np.linspace(0, 65535, 200, dtype=np.uint16), (64, 1))
    grey = decode(encoded(Image.fromarray(ramp), "PNG")).pixels
    assert grey[0, 0, 0] == 0
    assert grey[0, -1, 1] == 255
    assert 120 < grey[0, 100, 2] < 135


def test_wide_colour_is_brought_to_srgb() -> None:
    """A phone's wide-gamut photo read as sRGB would lose its reds, and a card its red emblem."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    broken = encoded(Image.new("RGB", (64, 64), (200, 30, 30)), "PNG", icc_profile=profile)
    assert decode(broken).pixels[5, 5, 0] > 150


def test_pdf_shows_its_first_page(picture: Image.Image) -> None:
    """Licences are scanned to PDF."""
    photo = decode(encoded(picture.resize((800, 480)), "PDF", resolution=200))
    assert photo.metadata.format == "PDF"
    assert photo.pixels[40, 40, 0] > 180


def png_bomb(side: int) -> bytes:
    """A small file that unpacks to side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_each_bad_file_has_its_own_error(picture: Image.Image) -> None:
    """'Something went wrong' sends a seller to support; the reason sends him to a better photo."""
    jpeg = encoded(picture, "JPEG")
    frames = [picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    assert code_of(b"") == ImageErrorCode.EMPTY
    assert code_of(b"this is a text that somebody named .jpg") == ImageErrorCode.NOT_AN_IMAGE
    assert code_of(jpeg[: len(jpeg) // 2]) == ImageErrorCode.TRUNCATED
    assert code_of(jpeg[:20]) == ImageErrorCode.TRUNCATED
    assert code_of(encoded(picture, "PNG")[:300]) == ImageErrorCode.TRUNCATED
    assert code_of(encoded(picture, "WEBP")[:200]) == ImageErrorCode.TRUNCATED
    assert code_of(b"%PDF-1.7 nothing more") == ImageErrorCode.TRUNCATED
    assert code_of(encoded(Image.new("RGB", (1, 1)), "PNG")) == ImageErrorCode.TOO_SMALL
    assert code_of(png_bomb(30_000)) == ImageErrorCode.TOO_LARGE
    assert code_of(jpeg + b"\0" * MAX_BYTES) == ImageErrorCode.TOO_LARGE
    for kind in ("GIF", "PNG", "WEBP"):
        assert (
            code_of(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
            == ImageErrorCode.ANIMATED
        )
    assert code_of(encoded(picture, "GIF")) == ImageErrorCode.UNSUPPORTED
    assert code_of(encoded(picture, "TGA")) == ImageErrorCode.UNSUPPORTED
    assert code_of(b"\0\0\0\x20ftypavif" + b"\0" * 400) == ImageErrorCode.UNSUPPORTED


def test_files_that_are_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jpg"):
        with pytest.raises(ImageError, match=str(path)) as caught:
            load(path)
        assert caught.value.code == ImageErrorCode.FILE_NOT_FOUND


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP"]), st.data())
def test_damage_never_escapes_as_another_exception(file_format: str, data: st.DataObject) -> None:
    """A hostile file must end as a refusal, never as a crash of the service."""
    intact = bytearray(encoded(Image.linear_gradient("L").resize((64, 48)).convert("RGB"), file_format))
    for _ in range(data.draw(st.integers(1, 6))):
        intact[data.draw(st.integers(0, len(intact) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = decode(bytes(intact))
    except ImageError:
        return
    assert decoded.pixels.ndim == 3
