"""Video calls: up to five pictures of the seller taken in the call, compared at once; and notes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import vision
from api.audit import service as audit
from api.console.actions import workable
from api.console.agents import Viewer
from api.console.evidence import readable
from api.console.tables import Agent, CallFrame, CaseNote
from api.ids import new_id
from api.pages import pictures
from api.privacy.vault import DataKey
from api.problems import Problem
from api.service import Service
from api.verifications import captures, decisions
from api.verifications import service as verifications

FRAMES_ALLOWED = 5
NOTE_LENGTH = 1000
COMPARED_WITH = ("card_portrait", "selfie")
FRAME_SIDE = 720


@dataclass(frozen=True)
class FrameView:
    """A picture from the call and what the comparison said, by the capture that it was compared with."""

    id: str
    match: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class NoteView:
    """A note and who wrote it."""

    text: str
    who: str
    at: datetime


def add_frame(service: Service, viewer: Viewer, verification_id: str, image: bytes) -> None:
    """Compare the picture with card and selfie and keep both.

    Raises Problem 404, 409 no_video_call, frames_full, and 422 for a picture that can't be used.
    """
    with service.database.transaction() as session:
        verification, seller = workable(session, viewer, verification_id)
        if verification.review_kind != "video_call":
            raise Problem(409, "no_video_call", "ask for a video call first")
        key = verifications.data_key(service, seller)
        others = {
            capture.kind: key.open(service.blobs.get(capture.blob))
            for capture in captures.evidence(session, verification)
            if capture.kind in COMPARED_WITH
        }
    try:
        match = vision.compare_faces(service.settings.policy, image, others)
    except vision.UnreadableCapture as error:
        raise Problem(422, error.code, error.message) from error
    with service.database.transaction() as session:
        workable(session, viewer, verification_id)
        _keep(service, session, viewer, verification_id, key, image, match)


def _keep(
    service: Service,
    session: Session,
    viewer: Viewer,
    verification_id: str,
    key: DataKey,
    image: bytes,
    match: dict[str, Any],
) -> None:
    if len(_frames(session, verification_id)) >= FRAMES_ALLOWED:
        raise Problem(409, "frames_full", f"a call has {FRAMES_ALLOWED} pictures at most")
    frame = CallFrame(
        id=new_id("frm"),
        verification_id=verification_id,
        agent_id=viewer.agent_id,
        blob=service.blobs.put(key.seal(image)),
        sealed_match=verifications.sealed_json(key, match),
        created_at=viewer.side.now(),
    )
    session.add(frame)
    audit.record(
        session, viewer.side, viewer.agent_id, "call_frame.added", verification_id, {"frame": frame.id}
    )


def frame_picture(
    service: Service, session: Session, viewer: Viewer, verification_id: str, frame_id: str
) -> bytes:
    """A picture from the call as a small JPEG. Raises Problem 404."""
    _, seller = readable(session, viewer, verification_id)
    frame = session.get(CallFrame, frame_id)
    if frame is None or frame.verification_id != verification_id:
        raise Problem(404, "frame_not_found", "there is no such picture")
    encoded = verifications.data_key(service, seller).open(service.blobs.get(frame.blob))
    return pictures.jpeg(pictures.whole_view(pictures.opened(encoded, "frame"), FRAME_SIDE))


def frames(session: Session, key: DataKey, verification_id: str) -> list[FrameView]:
    """The call's pictures, in the order in which they were taken."""
    return [
        FrameView(frame.id, verifications.opened_json(key, frame.sealed_match), frame.created_at)
        for frame in _frames(session, verification_id)
    ]


def add_note(service: Service, session: Session, viewer: Viewer, verification_id: str, text: str) -> None:
    """Keep a note for colleagues, sealed. Raises Problem 404, 409, 422 note_unusable."""
    _, seller = readable(session, viewer, verification_id)
    if not text.strip() or len(text) > NOTE_LENGTH:
        raise Problem(422, "note_unusable", f"write a note of {NOTE_LENGTH} characters at most")
    note = CaseNote(
        id=new_id("not"),
        verification_id=verification_id,
        agent_id=viewer.agent_id,
        sealed_text=verifications.data_key(service, seller).seal(text.strip().encode()),
        created_at=viewer.side.now(),
    )
    session.add(note)
    audit.record(session, viewer.side, viewer.agent_id, "note.added", verification_id)


def notes(session: Session, key: DataKey, verification_id: str) -> list[NoteView]:
    """What agents wrote down about the case, oldest first."""
    rows = session.execute(
        select(CaseNote, Agent.login)
        .join(Agent, Agent.id == CaseNote.agent_id)
        .where(CaseNote.verification_id == verification_id)
        .order_by(CaseNote.id)
    )
    return [NoteView(key.open(note.sealed_text).decode(), login, note.created_at) for note, login in rows]


def end(session: Session, viewer: Viewer, verification_id: str, outcome: str) -> None:
    """Keep how the call went. Raises Problem 404, 409."""
    workable(session, viewer, verification_id)
    decisions.end_call(session, viewer.caller, verification_id, outcome)


def held(service: Service, session: Session, key: DataKey, verification_id: str) -> dict[str, Any]:
    """The call's pictures (base64) with their comparisons, and the notes, for who asks what is held on them."""
    kept = _frames(session, verification_id)
    images = [base64.b64encode(key.open(service.blobs.get(frame.blob))).decode() for frame in kept]
    return {
        "call_frames": [
            {"match": view.match, "created_at": view.at, "image": image}
            for view, image in zip(frames(session, key, verification_id), images, strict=True)
        ],
        "notes": [
            {"text": note.text, "created_at": note.at} for note in notes(session, key, verification_id)
        ],
    }


def forget(service: Service, session: Session, verification_id: str) -> None:
    """Delete the call's pictures and the notes."""
    for frame in _frames(session, verification_id):
        service.blobs.delete(frame.blob)
        session.delete(frame)
    for note in session.scalars(select(CaseNote).where(CaseNote.verification_id == verification_id)):
        session.delete(note)


def _frames(session: Session, verification_id: str) -> list[CallFrame]:
    query = select(CallFrame).where(CallFrame.verification_id == verification_id).order_by(CallFrame.id)
    return list(session.scalars(query))
