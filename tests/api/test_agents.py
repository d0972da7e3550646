"""What customer-service agents decide and correct, over HTTP, with a real database and worker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from api.service import Service
from tests.api.conftest import selfie

DOUBTFUL = {"code": "face_match_uncertain", "message": "may differ", "check": "match", "effect": "review"}


def test_a_doubtful_case_goes_to_a_person_whose_reasons_stay(api: Any, make_api: Any, work: Any) -> None:
    """People decide what the machine can't; the seller reads the message, never the internal note."""
    seller = api.seller("review-1")
    verification = api.submitted(seller, selfie("in_review", reasons=[DOUBTFUL]))
    work()
    assert api.get(f"/v1/verifications/{verification}")["review"]["kind"] == "agent"
    agent = make_api("review")
    body = {
        "decision": "declined",
        "reasons": ["face_mismatch"],
        "message": "please come yourself",
        "note": "brother?",
    }
    view = agent.post(f"/v1/verifications/{verification}/decisions", body)
    assert (view["state"], view["reasons"]) == ("declined", [{"code": "face_mismatch"}])
    assert view["message"] == "please come yourself"
    assert "brother" not in str(view)
    assert agent.get(f"/v1/verifications/{verification}/report")["note"] == "brother?"
    again = agent.post(f"/v1/verifications/{verification}/decisions", body, 409)
    assert again["code"] == "not_in_review"


def test_four_eyes(api: Any, make_api: Any, work: Any) -> None:
    """One bribed agent must not be able to let a risky seller in alone."""
    seller = api.seller("four-eyes", risk="high")
    verification = api.submitted(seller, selfie("in_review", reasons=[DOUBTFUL]))
    work()
    first, second = make_api("review"), make_api("review")
    body = {"decision": "verified", "reasons": ["looked_at"]}
    staged = first.post(f"/v1/verifications/{verification}/decisions", body)
    assert (staged["state"], staged["review"]["staged"]) == ("in_review", True)
    confirm = f"/v1/verifications/{verification}/decisions/confirm"
    assert first.post(confirm, status=403)["code"] == "second_person_needed"
    assert second.post(confirm)["state"] == "verified"
    until = datetime.fromisoformat(api.get(f"/v1/sellers/{seller}")["verified_until"])
    assert 179 <= (until - datetime.now(UTC)).days <= 180, "a risky seller is due in half a year"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE captures SET id = 'cap_other' WHERE verification_id = :id AND kind = 'selfie'",
        "INSERT INTO field_corrections (id, verification_id, document, field, sealed_value, agent_id, created_at)"
        " VALUES ('cor_later', :id, 'card_portrait', 'name', '', 'agt_second', now())",
    ],
    ids=["another selfie", "a corrected field"],
)
def test_a_staged_decision_is_void_when_its_evidence_changed(
    api: Any, make_api: Any, work: Any, service: Service, change: str
) -> None:
    """The second pair of eyes must confirm what the first one saw, also where the request is repeated by key."""
    verification = api.submitted(
        api.seller(f"voided-{change[:6]}", risk="high"), selfie("in_review", reasons=[DOUBTFUL])
    )
    work()
    path = f"/v1/verifications/{verification}/decisions"
    make_api("review").post(path, {"decision": "verified", "reasons": ["looked_at"]})
    with service.database.transaction() as session:
        session.execute(text(change), {"id": verification})
    second, headers = make_api("review"), {"Idempotency-Key": "confirm-void"}
    assert second.post(f"{path}/confirm", status=409, headers=headers)["code"] == "evidence_changed"
    assert second.post(f"{path}/confirm", status=409, headers=headers)["code"] == "nothing_staged"


def test_a_full_queue_says_so(api: Any, service: Service, monkeypatch: pytest.MonkeyPatch, work: Any) -> None:
    """Taking what can't be done in time is worse than saying when to come back."""
    monkeypatch.setattr(service.settings, "queue_limit", 1)
    first = api.submitted(api.seller("queued"), selfie())
    second = api.verification(api.seller("too-many"))
    files = {"selfie": ("s", selfie()), "card_portrait": ("c", b"card")}
    api.post(f"/v1/verifications/{second}/captures", status=201, files=files)
    refused = api.call("POST", f"/v1/verifications/{second}/submit")
    assert (refused.status_code, refused.json()["code"]) == (429, "queue_full")
    assert int(refused.headers["retry-after"]) > 0
    work()
    assert api.state(first) == "verified"
    api.post(f"/v1/verifications/{second}/submit", status=202)


def test_a_verified_seller_can_be_reversed(api: Any, work: Any) -> None:
    """What turns out to be wrong later must be taken back, and seen by the marketplace."""
    seller = api.seller("reverse-1")
    verification = api.submitted(seller, selfie())
    work()
    body = {"reasons": ["card_borrowed"], "note": "police report"}
    view = api.post(f"/v1/verifications/{verification}/reverse", body)
    assert view["state"] == "declined"
    assert view["reversed_at"] is not None
    assert api.get(f"/v1/sellers/{seller}")["status"] == "suspended"
    assert "verification.reversed" in api.events(seller)


def test_a_corrected_field_is_kept_beside_what_the_machine_read(api: Any, work: Any) -> None:
    """Who changed a number, from what and to what, must be known when the case is disputed."""
    fields = {"id_number": {"value": "11010519491231002X", "confidence": 0.6, "box": []}}
    document = {"portrait": {"fields": fields}}
    seller = api.seller("corrected")
    verification = api.submitted(seller, selfie("in_review", reasons=[DOUBTFUL], document=document))
    work()
    path = f"/v1/verifications/{verification}"
    correction = {"document": "card_portrait", "field": "id_number", "value": "110105194912310021"}
    body = {"decision": "verified", "reasons": ["looked_at"], "corrections": [correction]}
    wrong = {**body, "corrections": [{**correction, "field": "shoe_size"}]}
    assert api.post(f"{path}/decisions", wrong, 404)["code"] == "field_not_found"
    assert api.post(f"{path}/decisions", body)["state"] == "verified"
    report = api.get(f"{path}/report")
    assert report["document"]["portrait"]["fields"]["id_number"]["value"] == "11010519491231002X"
    (kept,) = report["corrections"]
    assert {name: kept[name] for name in correction} == correction
    assert kept["by"].startswith("key_")
    assert api.get(f"/v1/sellers/{seller}/export")["verifications"][0]["corrections"] == [kept]
    api.post(f"{path}/redact")
    assert api.get(f"/v1/sellers/{seller}/export")["verifications"][0]["corrections"] == []


def test_a_corrected_number_finds_who_else_has_it(api: Any, work: Any) -> None:
    """A misread number hides a borrowed card: once an agent reads it right, the other store must come up."""
    number = "110105194912310021"
    first = api.seller("number-1")
    api.submitted(first, selfie(face=41, documents={"id_number": number}))
    seller = api.seller("number-2")
    misread = "110105194912310O21"
    document = {"portrait": {"fields": {"id_number": {"value": misread, "confidence": 0.5, "box": []}}}}
    shown = selfie(
        "in_review", reasons=[DOUBTFUL], face=42, documents={"id_number": misread}, document=document
    )
    verification = api.submitted(seller, shown)
    work()
    path = f"/v1/verifications/{verification}"
    assert api.get(f"{path}/report")["duplicates_found"] == []
    correction = {"document": "card_portrait", "field": "id_number", "value": f" {number} "}
    body = {"decision": "verified", "reasons": ["looked_at"], "corrections": [correction]}
    assert api.post(f"{path}/decisions", body, 409)["code"] == "duplicates_found"
    (found,) = api.get(f"{path}/report")["duplicates_found"]
    assert (found["seller_id"], found["kind"]) == (first, "borrowed_card")
    assert api.state(verification) == "in_review"
    assert api.post(f"{path}/decisions", body)["state"] == "verified"
    third = api.submitted(api.seller("number-3"), selfie(face=43, documents={"id_number": number}))
    work()
    others = {each["seller_id"] for each in api.get(f"/v1/verifications/{third}/report")["duplicates_found"]}
    assert others == {first, seller}


def test_how_a_video_call_went_is_kept_and_shown(api: Any, work: Any) -> None:
    """A seller declined for not coming to a call must be able to see that this is what was written down."""
    seller = api.seller("called")
    verification = api.submitted(seller, selfie("in_review", reasons=[DOUBTFUL]))
    work()
    path = f"/v1/verifications/{verification}"
    end = f"{path}/video-call/outcome"
    assert api.post(end, {"outcome": "held"}, 409)["code"] == "no_video_call"
    api.post(f"{path}/video-call", {"link": "https://calls.example/1", "at": "2031-05-06T07:00:00Z"})
    assert api.post(end, {"outcome": "shouted"}, 422)["code"]
    api.post(end, {"outcome": "no_show"})
    assert api.post(end, {"outcome": "held"})["review"]["video_call"]["outcome"] == "held"
    api.post(f"{path}/decisions", {"decision": "verified", "reasons": ["video_call"]})
    kept = api.get(path)["video_call"]
    assert (kept["link"], kept["outcome"]) == ("https://calls.example/1", "held")
    assert kept["ended_by"].startswith("key_")
    export = api.get(f"/v1/sellers/{seller}/export")
    assert export["verifications"][0]["review"]["video_call"]["outcome"] == "held"
    ended = [
        e["detail"]["outcome"] for e in export["audit"] if e["action"] == "verification.video_call_ended"
    ]
    assert sorted(ended) == ["held", "no_show"]
    assert api.events(seller).count("verification.video_call_ended") == 2
