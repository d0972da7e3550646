"""Writes the report page: one HTML file that holds its pictures, for people who would rather look than read JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import jinja2
import numpy as np

from liveness.challenges import Challenge, pose_of
from liveness.result import PoseCheck, PoseResult
from liveness.video import ClipResult
from models.arrays import Floats, Image
from models.text_reader import line_crop
from ocr.reading import Alarm, Check, Reading
from verifier.calibration import MEASURED_DOWN_TO, calibration
from verifier.image import Photo
from verifier.match import MatchResult
from verifier.report import Report

PHOTO_SIDE = 1000
"""Long side, in pixels, to which photos are reduced on the page."""

AROUND = 0.1
"""Margin around a region that is shown by itself, in its size."""
PRINT = ("newspaper", "date", "weekday")
"""Regions of a pose that are shown upright."""
EYES_OPEN = 0.5

SCALE_WIDTH = 560
STRANGERS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Ticks of the similarity scale: one in so many strangers looks this alike."""

TITLES = {
    "card_portrait": "ID card, portrait side",
    "card_emblem": "ID card, emblem side",
    "licence": "Business licence",
    "selfie": "Selfie",
    "pose": "Pose",
}
HEADLINES = {
    "verified": (
        "Verified",
        "verified",
        "The person is the one on the card, is there today, and posed as asked.",
    ),
    "declined": ("Declined", "declined", "The verification has failed; the reasons stand below."),
    "in_review": (
        "In review",
        "in_review",
        "A customer-service agent decides; what is in doubt stands below.",
    ),
    "retake": ("New capture needed", "retake", "Not decided yet: the seller is asked for what stands below."),
}


@dataclass(frozen=True)
class Shape:
    """A polygon over a picture, in the picture's own pixels. `kind` is its class in the page's style sheet."""

    kind: str
    points: str
    title: str


@dataclass(frozen=True)
class Picture:
    """A picture of the page, as a data address, with what is drawn over it."""

    src: str
    title: str
    width: int
    height: int
    shapes: tuple[Shape, ...] = ()
    camera: str | None = None


def write_page(report: Report, path: Path) -> None:
    """Writes the page of a verification. Raises OSError where the file can't be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(report), encoding="utf-8")


def render_page(report: Report) -> str:
    """The page as HTML. It asks nothing of the network and holds no script."""
    parts = report.parts
    return _template().render(
        headline=_headline(report),
        reasons=[r.as_json() for r in report.reasons],
        photos=[_capture(kind, photo, report) for kind, photo in report.captures.items()],
        match=_match(parts.match, report) if parts.match else None,
        documents=[_document(kind, reading) for kind, reading in parts.documents.readings().items()],
        sides=[_check(c) for c in parts.documents.checks],
        pose=_pose(parts.pose, report) if parts.pose else None,
        selfie_clip=_clip(parts.selfie_clip) if parts.selfie_clip else None,
        attacks=[{"title": TITLES[kind], **result.as_json()} for kind, result in parts.attacks.items()],
        today=report.today,
        policy_version=report.policy.version,
        models=report.model_versions,
        timings=report.timings_ms,
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html")


def _headline(report: Report) -> dict[str, str]:
    title, tone, text = HEADLINES["retake" if report.retake else report.outcome]
    return {"title": title, "tone": tone, "text": text}


def _capture(kind: str, photo: Photo, report: Report) -> Picture:
    shapes = [*_reading_shapes(report.parts.documents.readings().get(kind))]
    person = report.people.get(kind)
    if person is not None and kind == "selfie":
        shapes.append(_shape("face", _corners(person.face.box), "face"))
    return _picture(photo.pixels, TITLES[kind], shapes, photo.metadata.camera)


def _reading_shapes(reading: Reading | None) -> Iterable[Shape]:
    if reading is None:
        return
    if reading.card is not None:
        yield _shape("document", reading.card.polygon, reading.document_type)
    for name, found in reading.fields.items():
        if found.box is not None:
            yield _shape("field", found.box, _title(name))


def _region_shapes(pose: PoseResult) -> Iterable[Shape]:
    for name, polygon in pose.evidence.regions.items():
        kind = {"seller_face": "face", "newspaper": "newspaper"}.get(name, "date")
        yield _shape(kind, polygon, _title(name))


def _match(match: MatchResult, report: Report) -> dict[str, Any]:
    selfie, card = match.portraits
    rules = report.policy.card_match_policy()
    scale, bands = calibration(match.kind), rules.bands
    edges = [SCALE_WIDTH, _x(bands.match), _x(bands.review), 0.0]
    names = ("match", "review", "no_match")
    return {
        **match.as_json(),
        "faces": [_picture(selfie.crop, "Selfie"), _picture(card.crop, "Card")],
        "sentence": _sentence(match.false_match_rate),
        "x": _x(scale.rate(match.similarity)),
        "bands": [
            {"name": name, "x": left, "width": right - left}
            for name, right, left in zip(names, edges, edges[1:], strict=False)
        ],
        "ticks": [{"x": _x(1 / n), "label": f"{n:,}"} for n in STRANGERS],
    }


def _x(false_match_rate: float) -> float:
    """Place on the scale: logarithmic, 1 in 1 at the left, 1 in a million at the right."""
    decades = -np.log10(max(false_match_rate, 1 / STRANGERS[-1]))
    return round(float(decades / np.log10(STRANGERS[-1]) * SCALE_WIDTH), 1)


def _sentence(false_match_rate: float) -> str:
    one_in = 1 / max(false_match_rate, MEASURED_DOWN_TO)
    if one_in < 3:
        return "Most strangers of the same group look this alike."
    more = "fewer than " if false_match_rate < MEASURED_DOWN_TO else "about "
    rounded = float(f"{one_in:.1g}")
    return f"{more.capitalize()}1 in {rounded:,.0f} strangers of the same group look this alike."


def _document(kind: str, reading: Reading) -> dict[str, Any]:
    return {
        "title": TITLES[kind],
        "card": _picture(reading.card.image, "flattened") if reading.card is not None else None,
        "checks": [_check(c) for c in reading.checks],
        "fields": [
            {
                "title": _title(name),
                "value": found.value,
                "confidence": round(found.confidence, 3),
                "tone": "pass" if found.confidence >= 0.9 else "review",
                "crop": _data_address(found.crop) if found.crop is not None else None,
            }
            for name, found in reading.fields.items()
        ],
        "warnings": reading.warnings,
        "alarms": [_alarm(alarm) for alarm in reading.alarms if alarm.outcome != "pass"],
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    title = alarm.code.removeprefix("document_").replace("_", " ")
    return {
        "title": title,
        "detail": str(alarm.detail),
        "outcome": alarm.outcome,
        "crop": _data_address(alarm.crop),
    }


def _check(check: Check) -> dict[str, Any]:
    return {**check.as_json(), "title": _title(check.code)}


def _pose(pose: PoseResult, report: Report) -> dict[str, Any]:
    photo, clip = report.captures["pose"].pixels, report.parts.pose_clip
    places = pose.evidence.regions
    upright = {name: line_crop(photo, places[name]) for name in PRINT if name in places}
    seen = {name: _around(photo, place) for name, place in places.items() if name not in PRINT}
    faces = {"selfie": report.people["selfie"].crop} if "selfie" in report.people else {}
    return {
        "outcome": pose.outcome,
        "asked": _asked(pose.challenge) if pose.challenge else None,
        "photo": _picture(photo, "the photo", _region_shapes(pose)),
        "page": _picture(upright["newspaper"], "page") if "newspaper" in upright else None,
        "lines": [_picture(line, _title(name)) for name, line in upright.items() if name != "newspaper"],
        "crops": [_picture(crop, _title(name)) for name, crop in (faces | seen).items()],
        "checks": _pose_checks(pose.checks),
        "frames": _frames(clip) if clip else [],
    }


def _asked(challenge: Challenge) -> dict[str, str]:
    """What the seller was told, with its drawing where the library of poses has one."""
    pose = pose_of(challenge)
    if pose is None:
        return {"text": str(challenge)}
    drawing = base64.b64encode(pose.drawing.read_bytes()).decode("ascii")
    return {"text": pose.text(challenge, "en"), "drawing": f"data:image/svg+xml;base64,{drawing}"}


def _clip(clip: ClipResult) -> dict[str, Any]:
    return {"checks": _pose_checks(clip.checks), "frames": _frames(clip)}


def _frames(clip: ClipResult) -> list[Picture]:
    """The face of each frame that shows one, and what was measured there."""
    return [
        _picture(
            seen.crop,
            f"frame {seen.frame + 1}{', used as the photo' if seen.frame == clip.best else ''}: "
            f"{_turned(seen.turn.yaw)}, eyes {'open' if seen.eyes >= EYES_OPEN else 'closed'}",
        )
        for seen in clip.sightings
    ]


def _turned(yaw: float) -> str:
    return f"{abs(yaw):.0f}° to the person's {'left' if yaw > 0 else 'right'}"


def _pose_checks(checks: Mapping[str, PoseCheck]) -> list[dict[str, Any]]:
    return [{**check.as_json(), "title": _title(name)} for name, check in checks.items()]


def _around(photo: Image, place: Floats) -> Image:
    """The part of a photo around a region, with a margin."""
    margin = AROUND * (place.max(axis=0) - place.min(axis=0))
    height, width = photo.shape[:2]
    x0, y0 = np.maximum(place.min(axis=0) - margin, 0).astype(int)
    x1, y1 = np.minimum(place.max(axis=0) + margin, (width, height)).astype(int)
    return photo[y0:y1, x0:x1]


def _title(name: str) -> str:
    return name.replace("_", " ")


def _picture(pixels: Image, title: str, shapes: Iterable[Shape] = (), camera: str | None = None) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(_data_address(pixels), title, width, height, tuple(shapes), camera)


def _data_address(pixels: Image) -> str:
    ratio = PHOTO_SIDE / max(pixels.shape[:2])
    if ratio < 1:
        pixels = cv2.resize(pixels, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA).astype(np.uint8)
    written, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 86]
    )
    assert written
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def _shape(kind: str, polygon: Floats, title: str) -> Shape:
    return Shape(kind, " ".join(f"{x:.1f},{y:.1f}" for x, y in polygon), title)


def _corners(box: Floats) -> Floats:
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
