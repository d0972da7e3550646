"""What an agent is told of a capture's way here."""

from __future__ import annotations

import io
from datetime import date

import pytest
from PIL import ExifTags, Image

from verifier.capture_traces import trace_findings, traces_of
from verifier.image import CaptureMetadata, decode

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("metadata", "codes"),
    [
        (CaptureMetadata("JPEG", 3024, 4032, "Apple iPhone 15", "18.1", "2026:11:24 09:12:44"), []),
        (CaptureMetadata("JPEG", 3024, 4032, "Apple iPhone 15", "18.1", "2026:11:23 23:58:00"), []),
        (
            CaptureMetadata("JPEG", 3024, 4032, "HUAWEI P60", None, "2025:11:24 09:00:00"),
            ["capture_of_another_day"],
        ),
        (CaptureMetadata("JPEG", 900, 1200, None, "Adobe Photoshop 25.0 (Windows)"), ["capture_edited"]),
        (CaptureMetadata("PNG", 1179, 2556), ["capture_is_screenshot"]),
        (CaptureMetadata("JPEG", 1200, 1600), ["capture_sent_on"]),
        (CaptureMetadata("JPEG", 1200, 1600, "Xiaomi 14", None, "2026:11:24 09:12:44"), []),
        (CaptureMetadata("JPEG", 800, 600, None, None, "0000:00:00 00:00:00"), []),
    ],
)
def test_the_traces_of_a_file(metadata: CaptureMetadata, codes: list[str]) -> None:
    """A photo straight from a phone bears none."""
    assert [code for code, _ in traces_of(metadata, TODAY)] == codes


def test_an_edited_selfie_is_noted_and_a_document_is_not() -> None:
    """From the bytes of a file to what the agent reads; old scans of a card are nobody's concern."""
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = "GIMP 2.10"
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "grey").save(file, "JPEG", exif=exif)
    photo = decode(file.getvalue())
    found = list(trace_findings({"selfie": photo, "card_portrait": photo}, TODAY))
    assert [(f.code, str(f.values["detail"])) for f in found] == [
        ("capture_edited", "selfie: written by GIMP 2.10")
    ]
