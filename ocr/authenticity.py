"""Alarms: does an ID card's photo show a genuine, whole, well-lit card, or a copy, a screen, an edit?

After the warnings that commercial readers of this card publish (copies, recaptured screens, incomplete and covered
cards, glare, alterations, blur). Alarms are advice: they change no value and no check, and policy decides what each
leads to. Every score is 0 to 1, and 0.5 is the alarm; docs/documents.md says how many attacks and how many genuine
cards each was measured to alarm at. A screen or a print that leaves no trace is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Image
from models.sentences import Sentence
from ocr import authenticity_copies as copies
from ocr import authenticity_cues as cues
from ocr import authenticity_values as values
from ocr.authenticity_grid import grid
from ocr.flat import WHOLE, FlatCard, luma
from ocr.layout import Side
from ocr.reading import Alarm, Field, Outcome
from ocr.sentences import say

TAMPERED = "document_tampered"
DOUBT = 0.4
"""From this score on the alarm is unknown, not passed."""
ALONE = 0.49
"""Square corners are no more than a doubt: sleeves have them too."""
LAID_OVER = 1.42
"""A portrait's frame this many times as steep as the type's edges is laid over the photo. Printed ones are up to 1.39 (33
cards that were drawn with one), of those laid over 9 in 10 more."""

SHADOW = 1.5
"""L* by which it is darker beside a card than on it and around. Beside 8 copies on pages it was at most 0.2, beside 39
cards on ground of their own lightness at least 2.2."""


@dataclass(frozen=True)
class _Scale:
    """Turns a cue into a score: 0 at `clear`, 1 at `sure`, straight between. The alarm rings from the middle on."""

    clear: float
    sure: float

    def score(self, cue: float) -> float:
        """The cue's score, 0 to 1."""
        return float(np.clip((cue - self.clear) / (self.sure - self.clear), 0, 1))


# Set on generated cards and attacks of level medium, so that each alarm rings for at most one in fifty genuine ones.
# What is said of genuine cards (32) and of attacks (6 to 8 of each) was measured on others of that level.
GREY = _Scale(5.6, 0.0)
"""Of `cues.colourfulness`, a*b*: 5.8 and more on genuine cards, 0.9 to 4.4 on copies in grey."""
PAGE = _Scale(36.0, 0.0)
"""Of `cues.page_around`, L*a*b*: 22 and more on genuine cards, 4 to 17 on copies on their sheets."""
GRID = _Scale(8.0, 14.1)
"""Of `grid`, standard deviations: 2.7 to 6.6 on genuine cards, up to 10.7 on prints; chance makes high peaks too."""
SQUARE = _Scale(0.35, 1.15)
"""Of `copies.square_corners`, share: up to 0.21 on genuine cards, up to 1.3 where a picture is cropped along the card."""
PRINT = _Scale(0.0, 7.2)
"""Of `copies.like_a_print`, log odds if every other photo showed a print: -1.9 at most on genuine cards, 2 to 6.6 on
prints. Far fewer photos show one, so that the odds must be higher."""
OUTSIDE = _Scale(-0.005, 0.015)
"""Of `cues.outside_frame`, share of the card's width: -0.005 at most on genuine cards, 0.07 and more on cut ones."""
COVERED = _Scale(0.0, 0.04)
"""Of `cues.covered`, share of the card: 0 on genuine cards; 0.02 is 18 square millimetres of finger, 92 of others."""
GLARE = _Scale(0.0, 0.008)
"""Of `cues.glare`, share of the card: 0.004 is a spot of 18 square millimetres, in which a character has room."""
FRAME = _Scale(0.0, 10.0)
"""Of `cues.portrait_frame`, L*a*b* a tenth of a millimetre: up to 1.8 on genuine cards, 3.2 to 9.1 on portraits laid
over."""
NOISE = _Scale(-0.04, -0.34)
"""Of `values.Paper.noise`, logarithm: the alarm rings where paper has a sixth less noise than that around it."""
TEXTURE = _Scale(0.1, -0.4)
"""Of `values.Paper.texture`, logarithm: ... and a seventh less of the printed pattern."""
TYPE = _Scale(0.7, 1.58)
"""Of `values.odd_type`: 1 is as far as genuine cards' type gets from its neighbours'."""
BLUR = _Scale(0.3, 0.0)
"""Of `cues.sharpness`, contrasts a tenth of a millimetre: 0.27 to 0.45 on genuine cards."""


@dataclass(frozen=True)
class Appearance:
    """What a card's picture shows before anything is read."""

    card: FlatCard
    alarms: tuple[Alarm, ...]
    """All but of alterations."""
    portrait: tuple[Alarm, ...]
    """Whether another portrait is laid over the printed one; none for a side without one."""
    values: values.Looks


def appearance(card: FlatCard) -> Appearance:
    """What can be seen of a card before it is read, or while it is."""
    return Appearance(card, _of_picture(card), tuple(_laid_over(card)), values.looks(card))


def alarms(seen: Appearance, fields: Mapping[str, Field]) -> tuple[Alarm, ...]:
    """The alarms of a card of which these fields were read."""
    return (*seen.alarms, _tampered(seen, fields))


def _of_picture(card: FlatCard) -> tuple[Alarm, ...]:
    whole = _whole(card)
    small = card.view(WHOLE, cues.HALF)
    colours = cues.small_lab(small)
    colourful = cues.colourfulness(colours)
    grey = card.view(WHOLE, 1.0, one=luma)
    sharp = cues.sharpness(grey)
    return (
        _alarm("document_photocopy", GREY.score(colourful), say("colours_of_card"), whole),
        _on_page(card, whole),
        _recaptured(card, copies.like_a_print(cues.paleness(grey), colourful, sharp), whole),
        _alarm("document_incomplete", OUTSIDE.score(cues.outside_frame(card)), say("corners_of_card"), whole),
        _alarm(
            "document_occluded", COVERED.score(cues.covered(colours, card.side)), say("edge_of_card"), whole
        ),
        _glare(card, small),
        _alarm("document_blurry", BLUR.score(sharp), say("sharpness_of_print"), whole),
    )


def _whole(card: FlatCard) -> Callable[[], Image]:
    """The flattened card: it is drawn only where somebody looks."""
    return lambda: card.view(WHOLE, 1.0)


def _alarm(code: str, score: float, detail: Sentence, shown: Callable[[], Image]) -> Alarm:
    outcome: Outcome = "fail" if score >= 0.5 else "unknown" if score >= DOUBT else "pass"
    return Alarm(code, outcome, score, detail, shown)


def _glare(card: FlatCard, small: Image) -> Alarm:
    burnt = cues.glare(small)
    score = GLARE.score(float(burnt.mean()))
    part = WHOLE
    if score >= DOUBT:
        x, y, w, h = (value / cues.HALF for value in cv2.boundingRect(burnt.astype(np.uint8)))
        part = (x, y, x + w, y + h)
    return _alarm("document_glare", score, say("light_on_card"), lambda: card.view(part, 1.0))


def _on_page(card: FlatCard, whole: Callable[[], Image]) -> Alarm:
    """White paper around the card. A shadow beside it speaks for a card on a white desk; scanners cast some too."""
    score = PAGE.score(cues.page_around(card))
    if score >= DOUBT and copies.shadow(card) > SHADOW:
        score = DOUBT
    return _alarm("document_on_page", score, say("around_card"), whole)


def _recaptured(card: FlatCard, like_a_print: float, whole: Callable[[], Image]) -> Alarm:
    """The likeliest trace of a screen or a print. Where a grid could not be seen, nothing found is no pass."""
    code, lines, corners = "document_recaptured", grid(card), copies.square_corners(card)
    found = [_alarm(code, PRINT.score(like_a_print), say("ink_of_print"), whole)]
    if lines is not None:
        found.append(_alarm(code, GRID.score(lines), say("grid_of_screen"), whole))
    if corners is not None:
        found.append(_alarm(code, min(SQUARE.score(corners), ALONE), say("square_corners"), whole))
    likeliest = max(found, key=lambda alarm: alarm.score)
    if likeliest.outcome == "pass" and lines is None:
        return Alarm(code, "unknown", likeliest.score, say("too_small_for_grid"), whole)
    return likeliest


def _tampered(seen: Appearance, fields: Mapping[str, Field]) -> Alarm:
    """The likeliest alteration: a portrait laid over the printed one, or one of the values read typed over.

    Where the type is too blurred to be compared, nothing found is no pass.
    """
    card, looks = seen.card, values.looks_at(seen.card, fields, seen.values)
    prints = {name: look.print for name, look in looks.items() if look.print is not None}
    papers = {name: look.paper for name, look in looks.items() if look.paper is not None}
    found = [*_on_new_paper(papers, fields), *seen.portrait, *_in_other_type(card.side, prints, fields)]
    likeliest = max(found, key=lambda alarm: alarm.score, default=None)
    if likeliest is None:
        return Alarm(TAMPERED, "unknown", 0.0, say("nothing_to_compare_with"), _whole(card))
    if likeliest.outcome == "pass" and not values.legible(prints):
        return Alarm(TAMPERED, "unknown", likeliest.score, say("type_too_blurred"), _whole(card))
    return likeliest


def _on_new_paper(papers: Mapping[str, values.Paper], fields: Mapping[str, Field]) -> Iterator[Alarm]:
    for name, under in papers.items():
        score = max(NOISE.score(under.noise), TEXTURE.score(under.texture))
        yield _alarm(TAMPERED, score, say("paper_under_field", field=say(name)), fields[name].cut)


def _in_other_type(
    side: Side, prints: Mapping[str, values.Print], fields: Mapping[str, Field]
) -> Iterator[Alarm]:
    for name, oddity in values.odd_type(side, prints).items():
        yield _alarm(TAMPERED, TYPE.score(oddity), say("type_of_field", field=say(name)), fields[name].cut)


def _laid_over(card: FlatCard) -> Iterator[Alarm]:
    if card.side == "portrait":
        frame = FRAME.score(cues.portrait_frame(card))
        if frame >= DOUBT and cues.frame_steeper_than_type(card) < LAID_OVER:
            frame = DOUBT
        yield _alarm(TAMPERED, frame, say("frame_around_portrait"), lambda: card.view(cues.PORTRAIT_BOX, 1.0))
