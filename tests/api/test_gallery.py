"""The same person, card or licence again: what the original fraud looked like, one test for each kind."""

from __future__ import annotations

import threading
import time
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text

from api.database import Database
from api.gallery import search, sketches
from api.gallery import service as gallery
from api.gallery.protection import protect
from api.gallery.tables import EnrolledBackground, EnrolledFace
from api.keys.service import Side, side_of
from api.keys.tables import Account
from api.privacy.vault import DataKey
from api.service import Service
from api.verifications.tables import Verification
from api.verifications.tasks import run
from api.vision import FaceTemplate, Finding, Submission, Verify
from api.vision_policy import face_scale
from benchmarks.backgrounds import draw_room, photograph_before
from tests.api.conftest import Api, scripted, scripted_face, selfie
from verifier.background import background
from verifier.image import load

CARD = {"id_number": "11010519491231002X"}
OTHER_CARD = {"id_number": "440524188001010014"}


def verified(api: Api, work: Any, reference: str, **script: Any) -> str:
    seller = api.seller(reference)
    api.submitted(seller, selfie(**script))
    work()
    return seller


def outcome(api: Api, work: Any, reference: str, **script: Any) -> tuple[str, list[str]]:
    seller = api.seller(reference)
    verification = api.submitted(seller, selfie(**script))
    work()
    view = api.get(f"/v1/verifications/{verification}")
    return view["state"], [reason["code"] for reason in view["reasons"]]


@pytest.fixture
def api(make_api: Any, request: pytest.FixtureRequest) -> Api:
    """Each test has an account of its own, so that galleries don't mix."""
    caller: Api = make_api("admin", account=request.node.name[:90])
    return caller


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"face": 1, "documents": CARD}, "same_person_other_store"),
        ({"face": 2, "documents": CARD}, "borrowed_card"),
        ({"face": 1, "documents": OTHER_CARD}, "lent_face"),
        ({"face": 1}, "same_person_other_store"),
        ({"documents": CARD}, "same_card_other_store"),
        ({"face": 2, "documents": OTHER_CARD, "photo": 7}, "same_photo_other_store"),
    ],
)
def test_a_second_store_is_seen(api: Api, work: Any, script: dict[str, Any], code: str) -> None:
    """Twenty stores on borrowed cards are the fraud that this service is for."""
    first = verified(api, work, "first", face=1, documents=CARD, photo=7)
    assert api.get(f"/v1/sellers/{first}")["status"] == "verified"
    assert outcome(api, work, "second", **script) == ("in_review", [code])


@pytest.fixture(scope="module")
def room(samples: Path) -> list[str]:
    """What two people's selfies in one room leave, and one's selfie in another room."""
    rng = np.random.default_rng(12)
    first, second = (draw_room(6, rng) for _ in range(2))
    people = [load(samples / name).pixels for name in ("obama.jpg", "biden.jpg")]
    places = ((first, people[0]), (first, people[1]), (second, people[1]))
    found = (background(photograph_before(place, person, rng)) for place, person in places)
    return [kept.to_bytes().hex() for kept in found if kept is not None]


def test_hired_card_holders_in_one_room_are_seen(
    api: Api, work: Any, service: Service, room: list[str]
) -> None:
    """Genuine people with genuine cards, paid to stand before the same wall: nothing else gives them away."""
    first = verified(api, work, "first", face=1, documents=CARD, room=room[0])
    assert outcome(api, work, "elsewhere", face=2, room=room[2]) == ("verified", [])
    state, codes = outcome(api, work, "second", face=3, documents=OTHER_CARD, room=room[1])
    assert (state, codes) == ("in_review", ["same_background"])
    with service.database.transaction() as session:
        kept = session.scalars(select(EnrolledBackground).where(EnrolledBackground.seller_id == first)).one()
        assert bytes.fromhex(room[0])[:64] not in kept.sealed, "where a seller lives is nobody's business"
    api.post(f"/v1/sellers/{first}/redact")
    with service.database.transaction() as session:
        left = select(EnrolledBackground).where(EnrolledBackground.seller_id == first)
        assert session.scalars(left).one_or_none() is None


def test_strangers_are_no_duplicates(api: Api, work: Any) -> None:
    """An honest seller must not be held up because others exist."""
    verified(api, work, "first", face=1, documents=CARD)
    assert outcome(api, work, "second", face=2, documents=OTHER_CARD) == ("verified", [])


def test_a_ban_that_comes_while_photos_are_checked_holds(api: Api, work: Any) -> None:
    """Whoever is quick to hand photos in would be enrolled after the ban, and come back as a stranger."""
    seller = api.seller("quick")
    api.submitted(seller, selfie(face=70, documents=CARD))
    api.post(f"/v1/sellers/{seller}/ban", {"reason": "counterfeits"})
    work()
    assert outcome(api, work, "back", face=70) == ("declined", ["banned_person"])


def test_a_banned_seller_hands_nothing_in(api: Api, work: Any) -> None:
    """An open retake would put another person's face, or none, in the place of the banned one's."""
    seller = api.seller("retaking")
    verification = api.submitted(seller, selfie("retake", face=71, documents=CARD))
    work()
    api.post(f"/v1/sellers/{seller}/ban", {"reason": "counterfeits"})
    photo = {"selfie": ("s.jpg", selfie(face=72))}
    answer = api.post(f"/v1/verifications/{verification}/captures", status=409, files=photo)
    assert answer["detail"] == "the seller is banned"
    api.post(f"/v1/verifications/{verification}/submit", status=409)
    assert outcome(api, work, "back", face=71) == ("declined", ["banned_person"])
    assert outcome(api, work, "stranger", face=72) == ("verified", [])


def test_a_banned_person_comes_back(api: Api, work: Any) -> None:
    """A ban that a new card gets around is none; and redaction must not lift it."""
    seller = verified(api, work, "first", face=5, documents=CARD)
    api.post(f"/v1/sellers/{seller}/ban", {"reason": "counterfeits"})
    api.post(f"/v1/sellers/{seller}/redact")
    back = api.seller("back")
    verification = api.submitted(back, selfie(face=5, documents=OTHER_CARD))
    work()
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["reasons"][0]["code"]) == ("declined", "banned_person")
    assert api.get(f"/v1/sellers/{back}")["status"] == "suspended"


def alike(similarity: float, number: int) -> Verify:
    """A core that sees the person of that number so similar as another photo would be."""
    known, other = scripted_face(number).vector, scripted_face(number + 1000).vector
    across = other - (other @ known) * known
    across /= np.linalg.norm(across)
    vector = similarity * known + np.sqrt(1 - similarity**2) * across

    def core(submission: Submission) -> Finding:
        return replace(scripted(submission), face=FaceTemplate("scripted", vector.astype(np.float32)))

    return core


@pytest.mark.parametrize(
    ("rate", "state", "expected"),
    [(3e-4, "in_review", ["lent_face"]), (1e-6, "declined", ["banned_person"]), (1e-2, "verified", [])],
)
def test_a_weak_resemblance_to_a_banned_person_is_for_a_person_to_judge(
    api: Api, work: Any, service: Service, rate: float, state: str, expected: list[str]
) -> None:
    """Nobody is refused for looking somewhat like a crook; in a small gallery an agent is shown it."""
    banned = verified(api, work, "banned", face=31, documents=CARD)
    api.post(f"/v1/sellers/{banned}/ban", {"reason": "counterfeits"})
    verification = api.submitted(api.seller("other"), selfie(documents=OTHER_CARD))
    run(service, alike(face_scale(None).threshold(rate) + 0.001, 31), verification, 1)
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], [reason["code"] for reason in view["reasons"]]) == (state, expected)


def test_a_licence_used_twice_is_seen(api: Api, work: Any) -> None:
    """A business licence circulates as easily as a card."""
    licence = {"registration_number": "91350100M000100Y43"}
    first = api.seller("first", kind="enterprise")
    api.submitted(first, selfie(documents=licence), document="licence")
    work()
    second = api.seller("second", kind="enterprise")
    verification = api.submitted(second, selfie(documents=licence), document="licence")
    work()
    codes = [r["code"] for r in api.get(f"/v1/verifications/{verification}")["reasons"]]
    assert codes == ["same_licence_other_store"]


def test_the_other_marketplace_sees_nothing(api: Api, make_api: Any, work: Any) -> None:
    """One customer's sellers are no business of another's."""
    verified(api, work, "first", face=9, documents=CARD)
    other = make_api("admin", account="elsewhere")
    assert outcome(other, work, "second", face=9, documents=CARD) == ("verified", [])


def test_a_store_that_changes_hands_is_seen(api: Api, work: Any) -> None:
    """A verified store that is sold on would keep its good name under a stranger."""
    seller = verified(api, work, "first", face=1, documents=CARD)

    def recheck(**script: Any) -> list[str]:
        verification = api.submitted(seller, selfie(**script), kind="annual")
        work()
        view = api.get(f"/v1/verifications/{verification}")
        if view["state"] == "in_review":
            api.post(
                f"/v1/verifications/{verification}/decisions", {"decision": "declined", "reasons": ["no"]}
            )
        return [reason["code"] for reason in view["reasons"]]

    assert recheck(face=1, documents=CARD) == []
    assert recheck(face=2, documents=CARD) == ["other_person_same_store"]
    assert recheck(face=1, documents=OTHER_CARD) == ["other_person_same_store"]


def test_the_report_names_candidates_and_how_sure_they_are(api: Api, work: Any) -> None:
    """Among a million sellers everybody has a double: an agent must know how many were searched."""
    for number in range(4):
        verified(api, work, f"stranger-{number}", face=20 + number)
    first = verified(api, work, "first", face=1)
    verification = api.submitted(api.seller("second"), selfie(face=1))
    work()
    report = api.get(f"/v1/verifications/{verification}/report")
    (found,) = report["duplicates_found"]
    assert report["duplicates"] == [found]
    assert (found["seller_id"], found["gallery_size"]) == (first, 5)
    single = face_scale(None).rate(found["similarity"])
    assert found["false_positive_identification_rate"] == pytest.approx(1 - (1 - single) ** 5)


def test_two_at_the_same_moment_see_each_other(api: Api, service: Service) -> None:
    """A pair of stores opened in one second would otherwise slip through together. Two transactions, both
    open: the second waits for the first to end, and then sees its face.
    """
    first, second = (
        api.submitted(api.seller(f"twin-{number}"), selfie(face=3, documents=CARD)) for number in range(2)
    )
    with service.database.transaction() as session:
        verification = session.get_one(Verification, first)
        side = side_of(session.get_one(Account, verification.account_id), verification.livemode)
        finding = scripted(Submission({"selfie": selfie(face=3, documents=CARD)}, "", date.min))
        assert gallery.enrol(service, session, side, verification, finding) == []
        other = threading.Thread(target=run, args=(service, scripted, second, 1))
        other.start()
        wait_for_lock(service)
        assert api.state(second) == "processing"
    other.join()
    reasons = api.get(f"/v1/verifications/{second}")["reasons"]
    assert [reason["code"] for reason in reasons] == ["same_person_other_store"]


def wait_for_lock(service: Service) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with service.database.transaction() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the lock")


def test_a_large_gallery_finds_what_is_there_and_nothing_else(
    api: Api, work: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million faces are searched by sketches in memory: who has just enrolled must be found, by every process,
    and who was redacted by none.
    """
    monkeypatch.setattr(search, "SMALL", 0)
    monkeypatch.setattr(sketches, "PAGE", 2)
    elsewhere = Service(**{f.name: getattr(service, f.name) for f in fields(service)})
    elsewhere.database = Database(service.database.url)
    sellers = [verified(api, work, f"seller-{number}", face=40 + number) for number in range(5)]
    assert outcome(api, work, "again", face=41)[1] == ["same_person_other_store"]
    later = api.submitted(api.seller("later"), selfie(face=46))
    run(elsewhere, scripted, later, 1)
    assert outcome(api, work, "again-later", face=46)[1] == ["same_person_other_store"]
    submitted = api.submitted(api.seller("elsewhere"), selfie(face=42))
    run(elsewhere, scripted, submitted, 1)
    report = api.get(f"/v1/verifications/{submitted}/report")
    assert [(d["seller_id"], d["gallery_size"]) for d in report["duplicates_found"]] == [(sellers[2], 8)]
    api.post(f"/v1/sellers/{sellers[3]}/redact")
    assert outcome(api, work, "once-more", face=43) == ("verified", [])
    elsewhere.database.engine.dispose()


def test_sketches_of_the_deleted_are_forgotten(
    api: Api, work: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a person who left may stay in a process that runs for months, nor count as searched."""
    first = verified(api, work, "first", face=51)
    verified(api, work, "second", face=52)
    with service.database.transaction() as session:
        account = session.scalar(select(EnrolledFace.account_id).where(EnrolledFace.seller_id == first))
        kept = sketches.Sketches(Side(str(account), True), "scripted")
        assert kept.refresh(session) == 2
        (own,) = kept.nearest(protected(service, str(account), 51), 1)
        sketch = sketches.sketch(protected(service, str(account), 51))
        unlike = np.bitwise_count(kept._words[:, :2] ^ sketch[:, None]).sum(axis=0)
        assert unlike.min() <= 2, "the database sketches a face as the search does, but for a rounded number"
    api.post(f"/v1/sellers/{first}/redact")
    monkeypatch.setattr(sketches, "TIDY_SECONDS", -1)
    with service.database.transaction() as session:
        assert kept.refresh(session) == 1
    assert own not in kept.nearest(protected(service, str(account), 51), 1)


def protected(service: Service, account: str, number: int) -> Any:
    return protect(service.templates_key, Side(account, True), scripted_face(number)).vector


def test_sketches_find_the_nearest_of_many() -> None:
    """The seller who would be found among all faces must be among those that the sketches leave."""
    rng = np.random.default_rng(5)
    known = rng.standard_normal((3000, 704)).astype(np.float32)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    other = known[:50] + rng.standard_normal((50, 704)).astype(np.float32) / 26
    key, side = DataKey("templates", b"k" * 32), Side("acc", True)
    turned = [protect(key, side, FaceTemplate("m", vector)).vector for vector in known]
    kept = sketches.Sketches(side, "m")
    bits = np.packbits(np.array(turned)[:, : sketches.BITS] > 0, axis=1)
    for start in range(0, 3000, 1000):
        numbers = np.arange(start, start + 1000)
        kept._append(numbers, bits[start : start + 1000].view(np.uint64).T)
    found = [kept.nearest(protect(key, side, FaceTemplate("m", vector)).vector, 5) for vector in other]
    assert [number in near for number, near in enumerate(found)] == [True] * 50
    assert max(map(len, found)) < 50


def test_redaction_forgets_the_face(api: Api, work: Any) -> None:
    """A seller who left must not be recognised for ever."""
    seller = verified(api, work, "first", face=4, documents=CARD)
    api.post(f"/v1/sellers/{seller}/redact")
    assert outcome(api, work, "second", face=4, documents=CARD) == ("verified", [])
