"""A seller with a phone: consent, four photos from a fake camera and from files, the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

from api.capture import guidance
from api.capture import service as capture
from api.sellers.tables import Consent
from api.verifications import tasks
from api.verifications.tables import Verification
from tests.pages.conftest import Site, film, phone_of
from tests.pages.test_console import serious


def link(site: Site, reference: str) -> tuple[str, str]:
    """A new seller's verification, and the address of its capture page."""
    verification = site.market.open(reference)
    with site.service.database.transaction() as session:
        token = capture.create(session, site.market.caller, verification, hours=1)[1]
    return verification, f"{site.base}/capture/{token}"


@pytest.fixture
def phone(playwright: Playwright, tmp_path: Path, site: Site) -> Iterator[Page]:
    """A phone whose camera sees a portrait."""
    film(tmp_path / "face.mjpeg", site.photos.selfie_again)
    with phone_of(playwright, tmp_path / "face.mjpeg") as page:
        yield page


def upload(page: Page, kind: str, image: bytes) -> None:
    file = {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": image}
    page.locator(f"[data-step={kind}] [data-file]").set_input_files(file)
    expect(page.locator(f"[data-step={kind}] [data-done-mark]")).to_be_visible()


def test_a_seller_goes_all_the_way(site: Site, phone: Page, shown: Any) -> None:
    """If this fails, sellers can't open a store at all, or their face is used before they agreed."""
    verification, address = link(site, "store-captured")
    phone.goto(address)
    expect(phone.get_by_role("heading", name="身份核验")).to_be_visible()
    assert serious(phone) == []
    shown(phone, "capture-consent-zh")
    with site.service.database.transaction() as session:
        seller = session.get_one(Verification, verification).seller_id
        assert session.scalar(select(Consent.id).where(Consent.seller_id == seller)) is None
    phone.get_by_role("button", name="同意并开始").click()
    upload(phone, "card_portrait", site.photos.card)
    phone.reload()
    expect(phone.locator("[data-step=card_portrait] [data-done-mark]")).to_be_visible()
    upload(phone, "card_emblem", site.photos.emblem)
    assert serious(phone) == []
    shown(phone, "capture-steps-zh")

    phone.locator("[data-step=selfie] [data-camera]").click()
    expect(phone.locator("#camera [data-use]")).to_be_visible()
    assert int(phone.locator("#camera").get_attribute("data-frames") or 0) >= 3
    shown(phone, "capture-camera-zh")
    phone.locator("#camera [data-again]").click()
    expect(phone.locator("#camera [data-use]")).to_be_visible()
    phone.locator("#camera [data-use]").click()
    expect(phone.locator("[data-step=selfie] [data-done-mark]")).to_be_visible()
    upload(phone, "pose", site.photos.pose)
    phone.locator("[data-submit]").click()
    expect(phone.get_by_role("heading", name="正在核验您的照片")).to_be_visible()
    tasks.run(site.service, site.market.verify, verification, 1)
    expect(phone.get_by_role("heading", name="人工审核中")).to_be_visible()
    assert serious(phone) == []
    shown(phone, "capture-outcome-zh")


def test_a_link_belongs_to_the_device_that_agreed(site: Site, page: Page, phone: Page, shown: Any) -> None:
    """A link forwarded to a helper would let someone else finish what the seller began."""
    _, address = link(site, "store-forwarded")
    page.goto(address)
    expect(page.get_by_alt_text("Go on with your phone")).to_be_visible()
    shown(page, "capture-consent")
    phone.goto(address)
    phone.get_by_role("button", name="同意并开始").click()
    phone.wait_for_selector("#steps")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("another device")
    refused = page.request.put(f"{address}/captures/selfie", data=site.photos.selfie)
    assert refused.status == 403
    assert page.request.get(f"{site.base}/capture/{'x' * 32}").status == 404


def test_without_a_camera_the_page_says_why_and_takes_a_file(site: Site, page: Page, shown: Any) -> None:
    """A seller who once pressed "block" would be stuck without a word."""
    _, address = link(site, "store-no-camera")
    page.goto(address)
    page.get_by_role("button", name="I agree, start").click()
    page.locator("[data-step=card_portrait] [data-camera]").click()
    expect(page.locator("[data-notice]")).to_contain_text("choose a photo", ignore_case=True)
    shown(page, "capture-steps")
    upload(page, "card_portrait", site.photos.card)
    page.locator("[data-step=card_emblem] [data-file]").set_input_files(
        {"name": "note.txt", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
    )
    expect(page.locator("[data-notice]")).to_contain_text("could not be used")


def test_guidance_says_what_is_wrong(samples: Path, site: Site) -> None:
    """Wrong advice keeps a seller moving the phone for ever."""
    picture = cv2.cvtColor(cv2.imread(str(samples / "obama.jpg")), cv2.COLOR_BGR2RGB)
    near = cv2.resize(picture[: int(picture.shape[1] * 0.75)], (640, 480)).astype(np.uint8)
    far = np.full((480, 640, 3), 128, np.uint8)
    far[200:290, 280:400] = cv2.resize(near, (120, 90))
    blurred = cv2.GaussianBlur(near, (0, 0), 9).astype(np.uint8)
    card = cv2.imdecode(np.frombuffer(site.photos.card, np.uint8), cv2.IMREAD_COLOR)
    lying = cv2.resize(cv2.cvtColor(card, cv2.COLOR_BGR2RGB), (640, 480)).astype(np.uint8)
    assert guidance.advise(near, "selfie").code == "good"
    assert guidance.advise(far, "selfie").code in ("closer", "no_face")
    assert guidance.advise(blurred, "selfie").code in ("hold_still", "no_face")
    assert guidance.advise((near // 6).astype(np.uint8), "selfie").code == "more_light"
    assert guidance.advise(np.full((480, 640, 3), 120, np.uint8), "card_portrait").code == "no_card"
    assert guidance.advise(lying, "card_portrait").code in ("good", "closer", "glare")
