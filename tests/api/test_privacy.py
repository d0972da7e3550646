"""What people entrusted to us is unreadable to thieves, never in logs, and gone when it must be."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text

from api.database import EmbeddedServer
from api.gallery.protection import protect, protect_bits
from api.gallery.tables import EnrolledFace
from api.keys.service import Side
from api.privacy import service as privacy
from api.privacy.blobs import open_blobs
from api.privacy.rotation import rotate
from api.privacy.vault import DataKey, KeyMissing, Vault, open_vault
from api.service import Service, open_service
from api.settings import Settings
from api.verifications.tasks import run
from api.vision import FaceTemplate
from tests.api.conftest import Api, scripted, scripted_face, selfie

NAME = "欧阳标记甲"
NUMBER = "11010519491231002X"
IMAGE_MARK = b"\xff\xd8\xffMARKER-IMAGE-5f3a9c\xff\xd9"
DOCUMENT = {"fields": {"name": {"value": NAME}, "id_number": {"value": NUMBER}}}
MESSAGE = "请欧阳标记甲重拍"


def submit_marked(api: Api, work: Any, reference: str) -> tuple[str, str]:
    """A verification in review whose every personal part is a marker."""
    seller = api.seller(reference)
    doubt = {"code": "name_differs", "message": f"{NAME} is not declared", "check": "x", "effect": "review"}
    script = selfie("in_review", reasons=[doubt], document=DOCUMENT, documents={"id_number": NUMBER}, face=8)
    verification = api.submitted(seller, script, card=IMAGE_MARK * 50)
    work()
    decision = {"decision": "verified", "reasons": ["ok"], "message": MESSAGE, "note": f"called {NAME}"}
    api.post(f"/v1/verifications/{verification}/decisions", decision)
    signal = {"type": "device_changed", "severity": "low", "detail": {"who": NAME}}
    api.post(f"/v1/sellers/{seller}/signals", signal, 201)
    return seller, verification


def files_with_marks(*folders: Path) -> list[str]:
    marks = [NAME.encode(), NUMBER.encode(), IMAGE_MARK[3:-2], MESSAGE.encode()]
    marks += [base64.b64encode(mark) for mark in marks] + [NAME.encode("unicode_escape")]
    found = []
    for folder in folders:
        for path in (p for p in folder.rglob("*") if p.is_file()):
            content = path.read_bytes()
            found += [f"{path.name}: {mark!r}" for mark in marks if mark in content]
    return found


def flush_to_disk(service: Service) -> None:
    with service.database.transaction() as session:
        session.execute(text("CHECKPOINT"))


def test_a_thief_of_disks_reads_nothing_before_or_after_redaction(
    api: Api, work: Any, service: Service, server: EmbeddedServer
) -> None:
    """The whole database directory and blob folder, write-ahead log and dead rows included, hold no marker.

    The search itself is proven by a marker that is stored in clear.
    """
    seller, verification = submit_marked(api, work, "marked-1")
    assert api.get(f"/v1/verifications/{verification}/report")["document"] == DOCUMENT
    folders = (Path(server._server.pgdata), service.settings.home)
    flush_to_disk(service)
    assert files_with_marks(*folders) == []
    held = list(service.settings.blobs.rglob("*"))
    api.post(f"/v1/sellers/{seller}/redact")
    flush_to_disk(service)
    assert files_with_marks(*folders) == []
    assert len(list(service.settings.blobs.rglob("*"))) < len(held)
    with service.database.transaction() as session:
        session.execute(text("CREATE TABLE proof AS SELECT CAST(:name AS text) AS name"), {"name": NAME})
    flush_to_disk(service)
    assert files_with_marks(*folders) != [], "the search would have found it"
    with service.database.transaction() as session:
        session.execute(text("DROP TABLE proof"))


def test_redaction_destroys_the_key_and_keeps_the_record(api: Api, work: Any, service: Service) -> None:
    """Whoever kept a copy of the ciphertext can't read it; the marketplace still sees what was decided."""
    seller, verification = submit_marked(api, work, "marked-2")
    with service.database.transaction() as session:
        sealed = session.execute(
            text("SELECT sealed_report FROM verifications WHERE id = :id"), {"id": verification}
        ).scalar_one()
    api.post(f"/v1/sellers/{seller}/redact")
    api.post(f"/v1/sellers/{seller}/redact")
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["redaction"]["status"]) == ("verified", "redacted")
    assert view["reasons"] == [{"code": "ok"}]
    assert view["message"] is None
    assert api.get(f"/v1/verifications/{verification}/report", 409)["code"] == "redacted"
    assert api.get(f"/v1/sellers/{seller}/export", 409)["code"] == "redacted"
    with service.database.transaction() as session:
        rows = session.execute(
            text("SELECT wrapped_key FROM sellers WHERE id = :id"), {"id": seller}
        ).scalar_one()
        faces = session.execute(
            text("SELECT count(*) FROM enrolled_faces WHERE seller_id = :id"), {"id": seller}
        ).scalar_one()
    assert (rows, faces) == (None, 0)
    with pytest.raises(KeyMissing):
        DataKey(seller, os.urandom(32)).open(sealed)


def test_export_gives_a_person_all_that_is_held(api: Api, work: Any) -> None:
    """A right by law; an export that leaves something out breaks it."""
    seller, _ = submit_marked(api, work, "marked-3")
    api.post(f"/v1/sellers/{seller}/consents", {"text_version": "2026-11"}, 201)
    held = api.get(f"/v1/sellers/{seller}/export")
    (verification,) = held["verifications"]
    assert verification["report"]["document"] == DOCUMENT
    assert verification["texts"] == {"message": MESSAGE, "note": f"called {NAME}"}
    images = {c["kind"]: base64.b64decode(c["image"]) for c in verification["captures"]}
    assert images["card_portrait"] == IMAGE_MARK * 50
    assert held["signals"][0]["detail"] == {"who": NAME}
    assert held["consents"][0]["text_version"] == "2026-11"


def test_logs_metrics_and_errors_tell_nothing_of_people(
    make_api: Any, work: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """Logs are copied to places where nobody guards people's data."""
    api = make_api("admin")
    submit_marked(api, work, "marked-4")
    seller = api.seller("marked-5")
    api.submitted(seller, selfie(crash=f"could not read {NAME} {NUMBER}"))
    work()
    bad = api.call("POST", "/v1/sellers", json={"reference": f"{NAME} {NUMBER}", "kind": NAME})
    metrics = api.call("GET", "/metrics").text
    events = str(api.get("/v1/events", params={"limit": 100}))
    audit = str(api.get("/v1/audit-entries"))
    printed = capfd.readouterr()
    everything = printed.out + printed.err + bad.text + metrics + events + audit
    assert "seller_verifier_stored_faces" in metrics
    assert "route=/v1/sellers" in re.sub(r'"route": "', "route=", everything), "there are logs"
    assert NAME not in everything
    assert NUMBER not in everything


def test_declined_verifications_are_forgotten_after_their_days(make_api: Any, service: Service) -> None:
    """A person who was refused must not stay in our files."""
    api = make_api("admin", account="retention", test=True)
    seller = api.seller("refused")
    verification = api.verification(seller)
    api.post(f"/v1/test/verifications/{verification}/simulate", {"scenario": "document_expired"})
    api.post("/v1/test/clock/advance", {"days": 29})
    privacy.keep_retention(service)
    assert api.get(f"/v1/verifications/{verification}")["redaction"]["status"] == "none"
    api.post("/v1/test/clock/advance", {"days": 2})
    assert privacy.keep_retention(service) == 1
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["redaction"]["status"]) == ("declined", "redacted")
    assert privacy.keep_retention(service) == 0


def test_what_a_lapsed_seller_was_verified_by_is_forgotten(make_api: Any, service: Service) -> None:
    """A store that closed years ago is no reason to keep its owner's card and face."""
    api = make_api("admin", account="lapsed", test=True)
    verification = api.verification(api.seller("closed"))
    api.post(f"/v1/test/verifications/{verification}/simulate", {"scenario": "verified"})
    for days, status in ((365 + 14 + 179, "none"), (2, "redacted")):
        api.post("/v1/test/clock/advance", {"days": days})
        privacy.keep_retention(service)
        assert api.get(f"/v1/verifications/{verification}")["redaction"]["status"] == status


def test_the_master_key_can_be_replaced(api: Api, work: Any, service: Service, settings: Settings) -> None:
    """After a leak of the master key, everything must open with the new one and nothing with the old."""
    _, verification = submit_marked(api, work, "marked-6")
    before = service.vault
    assert rotate(service) > 0
    service.vault = open_vault(settings)
    assert api.get(f"/v1/verifications/{verification}/report")["document"] == DOCUMENT
    service.vault = before
    answer = api.call("GET", f"/v1/verifications/{verification}/report")
    assert answer.status_code >= 400
    service.vault = open_vault(settings)


def test_stolen_faces_are_comparable_with_nobodys_photo(
    api: Api, work: Any, service: Service, server: EmbeddedServer
) -> None:
    """Anybody can make a template of anybody's photo by the same public networks: a thief of the database, or of its
    files, must not find the sellers by it. The search of the files is proven by what they do hold.
    """
    people = {api.seller(f"face-{number}"): scripted_face(200 + number) for number in range(4)}
    for number, seller in enumerate(people):
        api.submitted(seller, selfie(face=200 + number))
    work()
    with service.database.transaction() as session:
        rows = session.execute(
            select(EnrolledFace.seller_id, EnrolledFace.template).where(EnrolledFace.seller_id.in_(people))
        ).all()
    stored = {seller: np.array(template) for seller, template in rows}
    assert len(stored) == 4
    true = np.stack([face.vector for face in people.values()])
    seen = np.abs(true @ np.stack([stored[seller] for seller in people]).T)
    assert seen.max() < 0.5, "of 64 numbers; a second photo of a person has more"
    assert seen.diagonal().mean() < 0.25
    flush_to_disk(service)
    content = b"".join(p.read_bytes() for p in Path(server._server.pgdata).rglob("*") if p.is_file())
    for seller, face in people.items():
        assert stored[seller].astype("<f2").tobytes() in content
        assert face.vector.astype("<f2").tobytes() not in content


def test_faces_are_found_under_a_new_master_key(
    api: Api, work: Any, service: Service, settings: Settings
) -> None:
    """Replacing a key that leaked must not let every seller open a second store."""
    api.submitted(api.seller("before"), selfie(face=210))
    work()
    rotate(service)
    service.vault = open_vault(settings)
    fresh = open_service(settings)
    after = api.submitted(api.seller("after"), selfie(face=210))
    run(fresh, scripted, after, 1)
    fresh.close()
    reasons = api.get(f"/v1/verifications/{after}")["reasons"]
    assert [reason["code"] for reason in reasons] == ["same_person_other_store"]


def test_a_protected_template_keeps_its_similarities_and_no_more() -> None:
    """The same person stays as similar, on one side and under one model only."""
    rng = np.random.default_rng(4)
    faces = rng.standard_normal((2, 704)).astype(np.float32)
    faces[1] = faces[0] + 0.5 * faces[1]
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    key, side = DataKey("templates", b"k" * 32), Side("acc", True)
    first, second = (protect(key, side, FaceTemplate("m", face)).vector for face in faces)
    assert first @ second == pytest.approx(faces[0] @ faces[1], abs=1e-5)
    others = [
        protect(DataKey("templates", b"l" * 32), side, FaceTemplate("m", faces[0])),
        protect(key, Side("other", True), FaceTemplate("m", faces[0])),
        protect(key, Side("acc", False), FaceTemplate("m", faces[0])),
        protect(key, side, FaceTemplate("n", faces[0])),
        FaceTemplate("m", faces[0]),
    ]
    assert max(abs(float(first @ other.vector)) for other in others) < 0.2
    clear = [rng.integers(0, 256, 32, np.uint8).tobytes() for _ in range(2)]
    kept = [protect_bits(key, side, bits) for bits in clear]
    assert different(*kept) == different(*clear)
    assert different(kept[0], clear[0]) > 80
    assert different(kept[0], protect_bits(key, Side("other", True), clear[0])) > 80


def different(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_a_bucket_holds_images_as_the_folder_does(settings: Settings) -> None:
    """On several machines there is no shared folder: images must come back from a bucket, and go when redacted."""
    blobs = open_blobs(settings.model_copy(update={"blobs_url": "memory:///"}))
    name = blobs.put(b"sealed")
    assert (blobs.get(name), blobs.state()) == (b"sealed", "ok")
    blobs.delete(name)
    blobs.delete(name)
    with pytest.raises(OSError, match=name):
        blobs.get(name)


def test_keys_of_one_owner_open_nothing_of_another() -> None:
    """Ciphertexts swapped between sellers must not pass."""
    vault = Vault(os.urandom(32))
    key, wrapped = vault.new_key("sel_a")
    sealed = key.seal(b"secret")
    assert vault.unwrap("sel_a", wrapped).open(sealed) == b"secret"
    with pytest.raises(KeyMissing):
        vault.unwrap("sel_b", wrapped)
    with pytest.raises(KeyMissing):
        DataKey("sel_b", key.secret).open(sealed)
    with pytest.raises(KeyMissing):
        Vault(os.urandom(32)).unwrap("sel_a", wrapped)


def test_the_audit_trail_shows_who_looked_and_cannot_be_changed(
    api: Api, make_api: Any, work: Any, service: Service
) -> None:
    """An agent who browses faces, or an admin who covers it up, must be found out."""
    _, verification = submit_marked(api, work, "marked-7")
    agent = make_api("review")
    answer = agent.call("GET", f"/v1/verifications/{verification}/captures/card_portrait?purpose=appeal")
    assert answer.content == IMAGE_MARK * 50
    entries = api.get("/v1/audit-entries", params={"subject": verification})
    assert (entries[0]["action"], entries[0]["detail"]) == (
        "capture.viewed",
        {"purpose": "appeal", "kind": "card_portrait"},
    )
    environment = {
        **os.environ,
        "VERIFIER_HOME": str(service.settings.home),
        "DATABASE_URL": service.database.url,
    }
    command = [sys.executable, "-W", "ignore", "-m", "api", "audit", "verify"]
    whole = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.startswith("the chain is whole")
    with pytest.raises(Exception, match="only be appended"), service.database.transaction() as session:
        session.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE number = 3"))
    with service.database.transaction() as session:
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_is_append_only"))
        session.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE number = 3"))
        session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER audit_is_append_only"))
    broken = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (broken.returncode, broken.stderr.strip()) == (1, "the chain breaks at entry 3")
