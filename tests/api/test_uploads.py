"""Forms with photos: what arrives is what was sent, or nothing is kept and the answer says why."""

from __future__ import annotations

import os
from typing import Any

import pytest
from sqlalchemy import select

from api.audit import service as audit
from api.audit.tables import AuditEntry
from api.keys.service import account_named, side_of
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import service as verifications
from api.verifications.tables import Capture, Verification
from tests.api.conftest import Api

BOUNDARY = "frontier"
TYPE = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(*parts: tuple[str, bytes], end: str = f"--{BOUNDARY}--\r\n") -> bytes:
    body = b""
    for name, content in parts:
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="自拍;\\".jpg"'
        body += f"--{BOUNDARY}\r\n{disposition}\r\n\r\n".encode() + content + b"\r\n"
    return body + end.encode()


def kept(service: Service, verification_id: str) -> dict[str, bytes]:
    with service.database.transaction() as session:
        verification = session.get_one(Verification, verification_id)
        key = verifications.data_key(service, session.get_one(Seller, verification.seller_id))
        of_it = select(Capture).where(Capture.verification_id == verification_id)
        return {c.kind: key.open(service.blobs.get(c.blob)) for c in session.scalars(of_it)}


def test_photos_arrive_as_they_were_sent(api: Api, service: Service) -> None:
    """A photo that loses a byte, or gets one of its neighbour's, is another photo."""
    noise = os.urandom(300_000)
    photos = {
        "card_portrait": noise,
        "card_emblem": b"\r\n--front\r\n--" + noise + b"\r\n",
        "selfie": b"\r",
        "pose": f"--{BOUNDARY}--\n\r\n-{BOUNDARY}\r\n".encode(),
    }
    verification = api.verification(api.seller("intact"))
    sent = {"content": form(*photos.items()), "headers": TYPE}
    api.post(f"/v1/verifications/{verification}/captures", status=201, **sent)
    assert kept(service, verification) == photos


def test_an_upload_is_known_again_by_what_it_holds(api: Api) -> None:
    """Each sending has a boundary of its own: repeated, it is done once; other photos are never taken for it."""
    verification = api.verification(api.seller("again"))
    photo = os.urandom(50_000)

    def send(field: str, photo: bytes, boundary: str) -> Any:
        headers = {"content-type": f'multipart/form-data; boundary="{boundary}"', "Idempotency-Key": "upload"}
        body = form((field, photo)).replace(BOUNDARY.encode(), boundary.encode())
        return api.call("POST", f"/v1/verifications/{verification}/captures", content=body, headers=headers)

    first, again = send("selfie", photo, "one"), send("selfie", photo, "another")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    for field, other in (("selfie", photo[:-1] + bytes([photo[-1] ^ 1])), ("pose", photo)):
        answer = send(field, other, "one")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (form(("selfie", b"a"), end=""), 400, "bad_request"),
        (form(("selfie", b"a"), end=f"--{BOUNDARY}"), 400, "bad_request"),
        (f"--{BOUNDARY}\r\n\r\nphoto\r\n--{BOUNDARY}--\r\n".encode(), 400, "bad_request"),
        (form(*[(f"f{n}", b"a") for n in range(101)]), 400, "bad_request"),
        (form(), 422, "captures_missing"),
        (form(("unknown", b"a")), 422, "captures_missing"),
        (form(("selfie", b"a"), ("pose", b"")), 422, "empty_file"),
        (form(("selfie", b"a"), ("selfie", b"b")), 422, "several_files"),
        (form(("selfie", b"a"), ("pose", bytes(40_000_001))), 413, "too_large"),
    ],
    ids=range(9),
)
def test_a_form_that_is_no_good_leaves_nothing(
    api: Api, service: Service, body: bytes, status: int, code: str
) -> None:
    """Half an upload that counts would be submitted as a whole one."""
    verification = api.verification(api.seller(f"form-{code}-{len(body)}"))
    for key in ({}, {"Idempotency-Key": f"{code}-{len(body)}"}):
        path = f"/v1/verifications/{verification}/captures"
        answer = api.call("POST", path, content=body, headers={**TYPE, **key})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert kept(service, verification) == {}


def test_the_audit_trail_tells_what_lasts_and_nothing_else(service: Service) -> None:
    """It is written as a transaction ends: an entry of what was undone would accuse somebody of what never was."""
    with service.database.transaction() as session:
        side = side_of(account_named(session, "default"), livemode=True)

    def written(session: Any) -> list[str]:
        ours = select(AuditEntry.action).where(AuditEntry.subject == "trail").order_by(AuditEntry.number)
        return list(session.scalars(ours))

    with service.database.transaction() as session:
        audit.record(session, side, "me", "first", "trail")
        with session.begin_nested():
            audit.record(session, side, "me", "second", "trail")
        part = session.begin_nested()
        audit.record(session, side, "me", "undone", "trail")
        part.rollback()
        audit.record(session, side, "me", "third", "trail")
    session = service.database.begin()
    audit.record(session, side, "me", "undone too", "trail")
    session.rollback()
    session.commit()
    session.close()
    with service.database.transaction() as session:
        assert written(session) == ["first", "second", "third"]
        assert audit.first_broken(session) is None
