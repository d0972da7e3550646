"""What is done side by side is what would be done in turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.generators import people
from benchmarks.generators.cards import render_card_portrait
from benchmarks.generators.photography import photograph
from models import side_by_side
from models.arrays import Image
from models.scaling import Pyramid
from ocr.documents import read_document


@pytest.fixture(scope="module")
def cards() -> list[Image]:
    """Two people's cards."""
    rng = np.random.default_rng(5)
    flat = [render_card_portrait(people.invent(rng), rng=rng) for _ in range(2)]
    return [photograph(card, "easy", rng, (1600, 1200))[0] for card in flat]


def test_two_sellers_cards_read_side_by_side_keep_their_values(
    cards: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readings must neither mix nor change places: one seller's number on another's file is the worst mistake of all."""
    monkeypatch.setenv("VERIFIER_THREADS", "1")
    in_turn = side_by_side.each(read_document, cards)
    monkeypatch.setenv("VERIFIER_THREADS", "4")
    beside = side_by_side.each(read_document, cards * 2)
    values = [{name: field.value for name, field in reading.fields.items()} for reading in beside]
    assert values == 2 * [
        {name: field.value for name, field in reading.fields.items()} for reading in in_turn
    ]
    assert len({value["id_number"] for value in values}) == 2


@pytest.mark.parametrize("threads", ["1", "2"])
def test_what_fails_beside_another_fails_as_alone(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A selfie without a face must be that to the seller, whatever was looked at meanwhile."""
    monkeypatch.setenv("VERIFIER_THREADS", threads)

    def refused() -> None:
        raise ValueError("no face")

    with pytest.raises(ValueError, match="no face"):
        side_by_side.both(refused, lambda: 1)
    with pytest.raises(ValueError, match="no face"):
        side_by_side.both(lambda: 1, refused)
    begun = side_by_side.ahead(refused)
    with pytest.raises(ValueError, match="no face"):
        begun()


def test_what_nobody_asks_for_costs_no_time_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarms of a card that proves to be none: with one thread they would be time that a seller waits for nothing."""
    done: list[int] = []
    monkeypatch.setenv("VERIFIER_THREADS", "1")
    asked = side_by_side.ahead(lambda: done.append(1))
    assert not done
    asked(), asked()
    assert done == [1]


def test_a_photo_is_made_smaller_once_however_many_look_at_it() -> None:
    """A quarter that two threads took for the half would show an alarm the wrong part of a seller's card."""
    photo = np.zeros((2048, 2048, 3), np.uint8)
    for _ in range(20):
        shared = Pyramid(photo)
        with ThreadPoolExecutor(4) as pool:
            sides = [level.shape[0] for level in pool.map(shared.halved, [1, 2, 3, 1, 2, 3])]
        assert sides == [1024, 512, 256, 1024, 512, 256]
