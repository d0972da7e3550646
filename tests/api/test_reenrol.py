"""A new recogniser takes over: everybody gets its template, and at no moment is anybody invisible."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from api.gallery.reenrol import Reenrolled, forget_old, left_behind, reenrol
from api.gallery.tables import EnrolledFace
from api.keys.service import Side, all_sides
from api.service import Service
from api.verifications.tasks import run
from api.vision import FaceTemplate, Finding, Submission
from tests.api.conftest import Api, scripted, scripted_face, selfie

NEW = "better"


def embed(image: bytes) -> FaceTemplate:
    """The new recogniser: other numbers for every face."""
    return FaceTemplate(NEW, scripted_face(1000 + json.loads(image)["face"]).vector)


def new_core(submission: Submission) -> Finding:
    return replace(scripted(submission), face=embed(submission.captures["selfie"]))


@pytest.fixture
def api(make_api: Any, request: pytest.FixtureRequest) -> Api:
    caller: Api = make_api("admin", account=request.node.name[:90])
    return caller


def side_of_seller(service: Service, seller: str) -> Side:
    with service.database.transaction() as session:
        account = session.scalar(select(EnrolledFace.account_id).where(EnrolledFace.seller_id == seller))
        return next(s for s in all_sides(session) if s.account_id == account and s.livemode)


def codes(api: Api, verification: str) -> list[str]:
    return [reason["code"] for reason in api.get(f"/v1/verifications/{verification}")["reasons"]]


def test_both_versions_find_everybody_while_both_run(api: Api, service: Service, work: Any) -> None:
    """A banned seller who comes back in the week of the change must not slip between two recognisers."""
    first = api.seller("first")
    api.submitted(first, selfie(face=1))
    banned = api.seller("banned")
    api.submitted(banned, selfie(face=2))
    work()
    api.post(f"/v1/sellers/{banned}/ban", {"reason": "counterfeits"})
    side = side_of_seller(service, first)
    with service.database.transaction() as session:
        assert left_behind(session, NEW) == 2, "a worker of the new version says so when it starts"
    seen: list[tuple[int, int]] = []

    def dies_at_second(image: bytes) -> FaceTemplate:
        if seen:
            raise KeyboardInterrupt
        return embed(image)

    with pytest.raises(KeyboardInterrupt):
        reenrol(service, side, NEW, dies_at_second, lambda *both: seen.append(both))
    assert reenrol(service, side, NEW, embed, lambda *both: seen.append(both)) == Reenrolled(1, 0)
    assert seen == [(1, 2), (1, 1)], "what was made before is not made again"
    with service.database.transaction() as session:
        assert left_behind(session, NEW) == 0
    assert api.get("/v1/sellers/" + first)["status"] == "verified"

    old = api.submitted(api.seller("seen-by-the-old"), selfie(face=1))
    work()
    new = api.submitted(api.seller("seen-by-the-new"), selfie(face=1))
    run(service, new_core, new, 1)
    assert codes(api, old) == codes(api, new) == ["same_person_other_store"]
    returned = api.submitted(api.seller("back"), selfie(face=2))
    run(service, new_core, returned, 1)
    assert codes(api, returned) == ["banned_person"]


def test_old_templates_go_once_they_are_replaced(api: Api, service: Service, work: Any) -> None:
    """A ban whose photo was redacted is all that is left of its person: it stays under the old version."""
    first, gone = api.seller("first"), api.seller("gone")
    api.submitted(first, selfie(face=3))
    api.submitted(gone, selfie(face=4))
    work()
    api.post(f"/v1/sellers/{gone}/ban", {"reason": "counterfeits"})
    api.post(f"/v1/sellers/{gone}/redact")
    side = side_of_seller(service, first)
    assert reenrol(service, side, NEW, embed, lambda *_: None) == Reenrolled(1, 1)
    with service.database.transaction() as session:
        assert forget_old(session, side, NEW) == 1
        left = session.execute(
            select(EnrolledFace.seller_id, EnrolledFace.model).where(
                EnrolledFace.account_id == side.account_id
            )
        )
        assert {tuple(row) for row in left} == {(first, NEW), (gone, "scripted")}
