"""The service with the real vision core: photographs in, a decision out, nothing scripted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api import jobs, vision
from api.app import create_app
from api.keys.service import create_key
from api.service import Service
from api.settings import Settings
from benchmarks.demo import HOLDER
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from benchmarks.generators.document_sets import licence_picture
from benchmarks.generators.photography import photograph
from models.face_analysis import find_faces
from tests.api.conftest import Api, drain
from verifier.image import load

ALL = ("card_portrait", "card_emblem", "selfie")


@pytest.fixture(scope="module")
def photos(samples: Path) -> dict[str, bytes]:
    """A composed card bearing a public-domain portrait, and photos of its holder and of someone else."""
    rng = np.random.default_rng(20)
    holder = load(samples / "obama.jpg").pixels
    face = find_faces(holder)[0]
    card = render_card_portrait(HOLDER, holder, rng, tuple(float(v) for v in face.box))
    sides = {"card_portrait": card, "card_emblem": render_card_emblem(HOLDER, rng)}
    photographed = {
        kind: jpeg(photograph(side, "easy", rng, (1600, 1200))[0]) for kind, side in sides.items()
    }
    people = {"selfie": "obama2.jpg", "stranger": "biden.jpg"}
    return photographed | {kind: (samples / name).read_bytes() for kind, name in people.items()}


def jpeg(pixels: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, options.pop("format", "JPEG"), **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def real(settings: Settings, service: Service) -> Iterator[Api]:
    with service.database.transaction() as session:
        key = create_key(session, "admin", test=False)
    with TestClient(create_app(settings, None, service), raise_server_exceptions=False) as client:
        yield Api(client, key)


def check(api: Api, files: dict[str, bytes], **form: str) -> Any:
    return api.call("POST", "/v1/checks", files={k: (k, f) for k, f in files.items()}, data=form)


def submit(api: Api, service: Service, reference: str, files: dict[str, bytes]) -> dict[str, Any]:
    verification = api.verification(api.seller(reference))
    uploads = {kind: (kind, image) for kind, image in files.items()}
    api.post(f"/v1/verifications/{verification}/captures", status=201, files=uploads)
    api.post(f"/v1/verifications/{verification}/submit", status=202)
    drain(service, vision.core(None), jobs.VISION_QUEUE)
    return dict(api.get(f"/v1/verifications/{verification}"))


def test_a_seller_without_a_pose_is_asked_for_it_and_a_stranger_is_declined(
    real: Api, service: Service, photos: dict[str, bytes]
) -> None:
    """The road that every real seller goes: captures, queue, networks, policy, gallery, answer."""
    honest = submit(real, service, "honest", {kind: photos[kind] for kind in ALL})
    assert (honest["state"], honest["last_error"]["reasons"]) == ("requires_input", ["pose_missing"])
    assert "pose" in honest["last_error"]["messages"][0]
    report = real.get(f"/v1/verifications/{honest['id']}/report")
    assert report["document"]["portrait"]["fields"]["id_number"]["value"] == HOLDER.id_number
    assert report["match"]["decision"] == "match"
    stranger = submit(
        real, service, "stranger", {**{k: photos[k] for k in ALL}, "selfie": photos["stranger"]}
    )
    codes = [reason["code"] for reason in stranger["reasons"]]
    assert stranger["state"] == "declined"
    assert "face_mismatch" in codes
    assert "borrowed_card" in codes, "the same card was shown by another face a moment ago"
    assert real.get(f"/v1/verifications/{stranger['id']}/report")["duplicates_found"]


def test_an_enterprise_is_verified_by_its_licence_alone(real: Api, service: Service) -> None:
    """Its executives show their faces in verifications of their own; a company has none to take again."""
    photographed = licence_picture(np.random.default_rng(3), "2019_landscape", "easy", date.today())
    seller = real.seller("company", kind="enterprise")
    verification = real.verification(seller)
    licence = {"licence": ("licence", jpeg(photographed.pixels, quality=92))}
    real.post(f"/v1/verifications/{verification}/captures", status=201, files=licence)
    real.post(f"/v1/verifications/{verification}/submit", status=202)
    drain(service, vision.core(None), jobs.VISION_QUEUE)
    view = real.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["reasons"]) == ("verified", [])
    assert real.get(f"/v1/sellers/{seller}")["status"] == "unverified", "its legal representative is missing"


def test_a_one_shot_check_keeps_nothing(
    real: Api, settings: Settings, photos: dict[str, bytes], service: Service
) -> None:
    """Its promise: a report, and no trace."""
    kept = sorted(settings.blobs.rglob("*"))
    answer = check(real, {kind: photos[kind] for kind in ALL}, date="2026-11-24")
    report = answer.json()
    assert answer.status_code == 200, report
    assert report["document"]["portrait"]["fields"]["name"]["value"] == HOLDER.name
    assert report["retake"], "the pose is missing"
    assert sorted(settings.blobs.rglob("*")) == kept


GREY = np.full((400, 600), 40_000, np.uint16)


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"", "empty_file"),
        (b"this is no image", "not_an_image"),
        (jpeg(np.zeros((400, 600, 3), np.uint8))[:300], "truncated"),
        (jpeg(np.zeros((1, 1, 3), np.uint8), format="PNG"), "too_small"),
        (jpeg(np.zeros((400, 600, 3), np.uint8), format="PPM"), "unsupported_format"),
    ],
)
def test_a_bad_upload_names_file_and_cause(
    real: Api, photos: dict[str, bytes], image: bytes, code: str
) -> None:
    """The seller must learn which photo to send again, and why."""
    answer = check(real, {"selfie": image, "card_portrait": photos["card_portrait"]})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code), problem
    assert problem["errors"][0]["pointer"] == "/selfie"


def test_an_unusual_but_readable_image_is_judged(real: Api, photos: dict[str, bytes]) -> None:
    """CMYK and 16-bit files come from scanners and must not break the service."""
    cmyk = io.BytesIO()
    Image.new("CMYK", (600, 400), (10, 20, 30, 40)).save(cmyk, "JPEG")
    answer = check(real, {"selfie": cmyk.getvalue(), "card_portrait": jpeg(GREY, format="PNG")})
    assert answer.status_code == 200, answer.text
    assert "selfie_without_face" in [reason["code"] for reason in answer.json()["reasons"]]
