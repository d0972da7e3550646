"""The life of a verification over HTTP, with a real database and worker."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from stdnum.cn import ric, uscc

from api import idempotency
from api.keys.service import Caller, Side
from api.service import Service
from api.verifications import service as verifications
from api.verifications.tables import Verification
from tests.api.conftest import selfie

BLURRED = {"code": "selfie_blurred", "message": "hold still", "check": "quality", "effect": "retake"}


def test_a_seller_is_verified_and_due_again_in_a_year(api: Any, work: Any) -> None:
    """The main road: without it there is no product."""
    seller = api.seller("road-1")
    assert api.get(f"/v1/sellers/{seller}")["status"] == "unverified"
    verification = api.submitted(seller, selfie(face=1))
    assert api.state(verification) == "processing"
    assert api.get(f"/v1/sellers/{seller}")["status"] == "pending"
    work()
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["reasons"], view["attempt"]) == ("verified", [], 1)
    after = api.get(f"/v1/sellers/{seller}")
    assert after["status"] == "verified"
    assert after["verified_until"][:4] == str(int(view["decided_at"][:4]) + 1)
    assert api.events(seller) == [
        "seller.created",
        "verification.created",
        "seller.pending",
        "verification.processing",
        "verification.verified",
        "seller.verified",
    ]


def test_a_poor_photo_is_asked_for_again_until_attempts_are_used_up(api: Any, work: Any) -> None:
    """A blurred photo must not refuse an honest seller, and an attacker must not try for ever."""
    seller = api.seller("retake-1")
    verification = api.submitted(seller, selfie("retake", reasons=[BLURRED]))
    work()
    view = api.get(f"/v1/verifications/{verification}")
    assert view["state"] == "requires_input"
    assert view["last_error"] == {
        "code": "retake",
        "reasons": ["selfie_blurred"],
        "messages": ["hold still"],
    }
    for _ in range(8):
        api.post(f"/v1/verifications/{verification}/submit", status=202)
        work()
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["attempt"]) == ("declined", 9)
    assert view["reasons"] == [{"code": "attempts_exhausted"}]


def test_a_retake_that_is_good_is_verified(api: Any, work: Any) -> None:
    """The second photo counts, not the first."""
    seller = api.seller("retake-2")
    verification = api.submitted(seller, selfie("retake", reasons=[BLURRED]))
    work()
    files = {"file": ("s.jpg", selfie())}
    api.post(f"/v1/verifications/{verification}/captures/selfie", status=201, files=files)
    api.post(f"/v1/verifications/{verification}/submit", status=202)
    work()
    assert api.state(verification) == "verified"


def test_the_way_without_face_recognition(api: Any, work: Any) -> None:
    """The law on face recognition asks for another way; it ends in a video call with a person."""
    seller = api.seller("no-face")
    verification = api.verification(seller, method="agent")
    files = {"card_portrait": ("c.jpg", b"card")}
    api.post(f"/v1/verifications/{verification}/captures", status=201, files=files)
    view = api.post(f"/v1/verifications/{verification}/submit", status=202)
    assert view["review"]["kind"] == "video_call"
    call = {"link": "https://meet.example.com/1", "at": "2026-12-01T10:00:00+08:00"}
    view = api.post(f"/v1/verifications/{verification}/video-call", call)
    assert view["review"]["video_call"]["link"] == "https://meet.example.com/1"
    path, body = f"/v1/verifications/{verification}", {"decision": "verified", "reasons": ["seen_on_video"]}
    for outcome in ("no_show", "other_person"):
        api.post(f"{path}/video-call/outcome", {"outcome": outcome})
        assert api.post(f"{path}/decisions", body, 409)["code"] == "video_call_missing"
    api.post(f"{path}/video-call/outcome", {"outcome": "held"})
    assert api.post(f"{path}/decisions", body)["state"] == "verified"


def test_scenarios_show_documents_whose_check_digits_are_right(make_api: Any) -> None:
    """An integrator whose own form checks the number must get through test mode with what test mode shows."""
    api = make_api("admin", account="fixtures", test=True)
    fixtures = api.get("/v1/test/fixtures")
    assert ric.is_valid(fixtures["portrait"]["id_number"])
    assert uscc.is_valid(fixtures["licence"]["registration_number"])
    verification = api.verification(api.seller("fixture"), declared={"name": fixtures["portrait"]["name"]})
    api.post(f"/v1/test/verifications/{verification}/simulate", {"scenario": "verified"})
    read = api.get(f"/v1/verifications/{verification}/report")["document"]
    for side in ("portrait", "emblem"):
        assert {k: f["value"] for k, f in read[side]["fields"].items()} == fixtures[side]


@pytest.mark.parametrize("step", ["submit", "cancel"])
def test_illegal_steps_are_conflicts(api: Any, step: str) -> None:
    """A client that lost count must be told, and nothing may change."""
    verification = api.verification(api.seller(f"illegal-{step}"))
    api.post(f"/v1/verifications/{verification}/cancel")
    assert api.call("POST", f"/v1/verifications/{verification}/{step}").status_code == 409
    assert api.state(verification) == "canceled"


def test_submitting_without_captures_says_which_are_missing(api: Any) -> None:
    """The integrator must learn what to ask the seller for."""
    verification = api.verification(api.seller("empty"))
    answer = api.post(f"/v1/verifications/{verification}/submit", status=422)
    assert answer["code"] == "captures_missing"
    assert "selfie" in answer["detail"]


def test_an_enterprise_needs_its_legal_representative(api: Any, work: Any) -> None:
    """A licence alone proves no person."""
    seller = api.seller("enterprise-1", kind="enterprise")
    licence = selfie(documents={"registration_number": "91350100M000100Y43"})
    own = api.submitted(seller, licence, document="licence")
    work()
    assert api.state(own) == "verified"
    assert api.get(f"/v1/sellers/{seller}")["status"] != "verified"
    executive = api.post(f"/v1/sellers/{seller}/executives", {"role": "legal_representative"}, 201)
    api.submitted(seller, selfie(face=77), executive_id=executive["id"])
    work()
    assert api.get(f"/v1/sellers/{seller}")["status"] == "verified"


def test_a_pose_for_an_expired_challenge_is_refused_until_a_new_one_is_drawn(make_api: Any) -> None:
    """A challenge that holds for weeks gives a forger weeks; the seller must learn what to do instead."""
    api = make_api("admin", account="challenges", test=True)
    verification = api.verification(api.seller("slow"), challenge="code:123456")
    path = f"/v1/verifications/{verification}"
    files = {kind: (kind, b"photo") for kind in ("selfie", "card_portrait", "pose")}
    api.post(f"{path}/captures", status=201, files=files)
    api.post("/v1/test/clock/advance", {"days": 3})
    assert api.post(f"{path}/submit", status=409)["code"] == "challenge_expired"
    fresh = api.post(f"{path}/challenge")
    assert fresh["challenge"].startswith("code:")
    assert fresh["challenge"] != "code:123456"
    assert "pose" not in fresh["captures"], "it shows the old code"
    api.post(f"{path}/captures/pose", status=201, files={"file": ("p", b"photo")})
    assert api.post(f"{path}/submit", status=202)["state"] == "processing"


def test_a_capture_page_that_is_opened_late_asks_for_a_new_challenge(make_api: Any) -> None:
    """The yearly re-check waits for its seller for a month; the challenge of its first day is no use by then."""
    api = make_api("admin", account="late-pages", test=True)
    verification = api.verification(api.seller("late"), challenge="code:123456")
    address = api.post(f"/v1/verifications/{verification}/capture-links", {}, 201)["url"]
    page = "/capture/" + address.rpartition("/")[2]
    api.client.post(f"{page}/start")
    api.client.get(page)
    assert api.get(f"/v1/verifications/{verification}")["challenge"] == "code:123456"
    api.post("/v1/test/clock/advance", {"days": 3})
    api.client.get(page)
    fresh = api.get(f"/v1/verifications/{verification}")
    assert fresh["challenge"] != "code:123456"
    api.client.get(page)
    assert api.get(f"/v1/verifications/{verification}")["challenge"] == fresh["challenge"]


def test_a_request_that_dies_half_way_leaves_nothing_and_is_done_when_repeated(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process killed between its work and its answer must neither lose the work nor do it twice."""
    seller = api.seller("half-way")
    headers = {"Idempotency-Key": "half-way"}
    body = {"type": "device_changed", "severity": "low"}

    def die(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_keep", die)
        api.post(f"/v1/sellers/{seller}/signals", body, 500, headers=headers)
    assert api.get(f"/v1/sellers/{seller}/signals")["data"] == []
    first = api.post(f"/v1/sellers/{seller}/signals", body, 201, headers=headers)
    assert api.post(f"/v1/sellers/{seller}/signals", body, 201, headers=headers) == first
    assert len(api.get(f"/v1/sellers/{seller}/signals")["data"]) == 1


def test_a_repeated_post_is_done_once(api: Any) -> None:
    """A network that drops answers must not make two sellers of one."""
    headers = {"Idempotency-Key": "create-77"}
    first = api.call("POST", "/v1/sellers", json={"reference": "idem-1"}, headers=headers)
    again = api.call("POST", "/v1/sellers", json={"reference": "idem-1"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = api.call("POST", "/v1/sellers", json={"reference": "idem-2"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_lists_page_without_loss(api: Any) -> None:
    """Whoever reads all pages has read all sellers, each once."""
    made = {api.seller(f"page-{number}") for number in range(7)}
    seen: list[str] = []
    cursor = None
    while True:
        page = api.get("/v1/sellers", params={"limit": 3, **({"starting_after": cursor} if cursor else {})})
        seen += [seller["id"] for seller in page["data"]]
        if not page["has_more"]:
            break
        cursor = seen[-1]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_a_photo_stays_until_its_successor_is_lasting(api: Any, service: Service) -> None:
    """An upload that is undone half way must leave the photo from before, or the verification can't go on."""
    verification = api.verification(api.seller("replaced-1"))
    path = f"/v1/verifications/{verification}/captures/selfie"
    api.post(path, status=201, files={"file": b"first"})
    blob = text("SELECT blob FROM captures WHERE verification_id = :id")
    with service.database.transaction() as session:
        first = session.scalar(blob, {"id": verification})
    with service.database.transaction() as session:
        row = session.get_one(Verification, verification)
        caller = Caller(Side(row.account_id, row.livemode), "key", "admin")
        verifications.add_captures(service, session, caller, verification, {"selfie": b"second"})
        session.rollback()
    assert api.call("GET", path).content == b"first"
    api.post(path, status=201, files={"file": b"third"})
    assert api.call("GET", path).content == b"third"
    with pytest.raises(FileNotFoundError):
        service.blobs.get(str(first))
