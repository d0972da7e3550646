"""`python -m benchmarks speed`: how long the main jobs take, against peers and against the bare networks, in one run.

Every job runs warm, alternating with its peer and with the bare runs of its networks, so that what else the machine does
falls on all. What the wall time has above the networks' is our code's, less what runs side by side.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.bare_networks import bare_seconds, kept_runs
from benchmarks.demo import face_box, samples_folder
from benchmarks.generators import people
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from benchmarks.generators.drawing import Pixels
from benchmarks.generators.photography import photograph
from benchmarks.generators.poses import render_newspaper_pose
from models import runtime
from models.face_backends import backend
from ocr.documents import read_document
from verifier.image import load
from verifier.match import match_faces
from verifier.verification import Evidence, verify

Job = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Medians of one job, in seconds; `peer` where there is one."""

    job: str
    wall: float
    networks: float
    peer_name: str = ""
    peer: float | None = None


def speed(rounds: Annotated[int, typer.Option(help="rounds of each job, after one to warm up")] = 7) -> None:
    """Measure the main jobs and print their ratios to the peers and to the bare networks."""
    console = Console()
    table = Table(
        "job", "median s", "of it networks", "wall / networks", "peer", "peer s", "times faster", box=None
    )
    with console.status("measuring"):
        for timing in _timings(rounds):
            faster = (
                [timing.peer_name, f"{timing.peer:.3f}", f"{timing.peer / timing.wall:.1f}"]
                if timing.peer
                else []
            )
            ratio = f"{timing.wall / timing.networks:.2f}" if timing.networks else ""
            table.add_row(timing.job, f"{timing.wall:.3f}", f"{timing.networks:.3f}", ratio, *faster)
    console.print(table)
    console.print(f"{runtime.threads()} threads, {rounds} rounds, medians")


def _timings(rounds: int) -> Iterator[Timing]:
    rng = np.random.default_rng(3)
    samples = samples_folder()
    obama, speaking = (load(samples / f"{name}.jpg") for name in ("obama", "obama2"))
    cards = _cards(rng, obama.pixels)
    yield _measure("read, portrait side", rounds, lambda: read_document(cards[0]), *_rapidocr(cards[0]))
    yield _measure("read, emblem side", rounds, lambda: read_document(cards[1]), *_rapidocr(cards[1]))
    yield _measure(
        "match of a pair",
        rounds,
        lambda: match_faces(obama.pixels, speaking.pixels),
        *_face_recognition(obama.pixels, speaking.pixels),
    )
    yield _measure("whole check, four photos", rounds, _whole_check(rng, cards, samples))


def _cards(rng: np.random.Generator, portrait: Pixels) -> list[Pixels]:
    invented = people.invent(rng)
    flat = (
        render_card_portrait(invented, portrait, rng, face_box(portrait)),
        render_card_emblem(invented, rng),
    )
    return [photograph(card, "medium", rng, (2400, 1800))[0] for card in flat]


def _whole_check(rng: np.random.Generator, cards: list[Pixels], samples: Any) -> Job:
    from verifier.image import CaptureMetadata, Photo

    def photo(name: str, pixels: Pixels) -> Photo:
        height, width = pixels.shape[:2]
        return Photo(name, pixels, name, CaptureMetadata("", width, height))

    speaking = load(samples / "obama2.jpg").pixels
    pose = render_newspaper_pose(speaking, date.today(), rng, face_box(speaking), "easy", "zh")
    evidence = Evidence(
        card_portrait=photo("card_portrait", cards[0]),
        card_emblem=photo("card_emblem", cards[1]),
        selfie=load(samples / "obama3.jpg"),
        pose=photo("pose", pose),
    )
    return lambda: verify(evidence)


def _rapidocr(image: Pixels) -> tuple[str, Job]:
    from rapidocr import RapidOCR

    threads = runtime.threads()
    engine = RapidOCR(
        params={"EngineConfig.onnxruntime.intra_op_num_threads": threads, "Global.log_level": "error"}
    )
    bgr = np.ascontiguousarray(image[..., ::-1])
    return "RapidOCR", lambda: engine(bgr)


def _face_recognition(a: Pixels, b: Pixels) -> tuple[str, Job]:
    backend("face_recognition")  # loads the package, and puts right what it changes in Pillow
    import face_recognition

    def compare() -> object:
        first, second = (face_recognition.face_encodings(photo)[0] for photo in (a, b))
        return face_recognition.face_distance([first], second)

    return "face_recognition", compare


def _measure(job: str, rounds: int, ours: Job, peer_name: str = "", peer: Job | None = None) -> Timing:
    wall, networks, theirs = [], [], []
    for _ in range(rounds + 1):
        with kept_runs() as runs:
            wall.append(_seconds(ours))
        networks.append(bare_seconds(runs))
        if peer:
            theirs.append(_seconds(peer))
    medians = [statistics.median(values[1:]) for values in (wall, networks)]
    return Timing(job, *medians, peer_name, statistics.median(theirs[1:]) if theirs else None)


def _seconds(job: Job) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started
