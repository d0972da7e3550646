"""The second script of bilingual cards: lines beside the Chinese, which a reader must ignore."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.generators import fonts

INK = (44, 52, 62)
# labels for name, sex, birth and address; the exact wording does not matter to a reader of the Chinese
WORDS: dict[str, tuple[str, ...]] = {
    "arabic": ("ئىسمى", "جىنسى", "تۇغۇلغان", "ئادرېسى", "مىللىتى", "ئەر", "ئايال", "كىملىك نومۇرى"),
    "tibetan": ("མིང་", "ཕོ་མོ་", "སྐྱེས་ཚེས་", "སྡོད་གནས་", "མི་རིགས་", "བོད་", "ཞིང་ཆེན་", "གྲོང་ཁྱེར་"),
    "mongolian": ("ᠨᠡᠷᠡ", "ᠬᠦᠢᠰᠦ", "ᠲᠥᠷᠦᠭᠰᠡᠨ", "ᠬᠠᠶᠢᠭ", "ᠦᠨᠳᠦᠰᠦᠲᠡᠨ", "ᠮᠣᠩᠭᠣᠯ"),
    "yi": ("ꂓ", "ꀱꀳ", "ꒆꐪ", "ꀕꇁ", "ꆈꌠ", "ꆏꃀꋊ", "ꌃꌋ"),
    "hangul": ("성명", "성별", "출생", "주소", "민족", "조선", "공민신분번호"),
    "zhuang": (
        "Mingzcoh",
        "Singqbied",
        "Seng'ndaw",
        "Dieg'youq",
        "Minzcuz",
        "Bouxcuengh",
        "Gunghminz Sinhfwn",
    ),
}


def _face(script: str, rng: np.random.Generator) -> tuple[str, int] | None:
    role = "sans" if script == "zhuang" else script
    faces = [face for face in fonts.available(role) if fonts.covers(face, "".join(WORDS[script]))]
    return faces[int(rng.integers(len(faces)))] if faces else None


def print_second_script(
    image: Image.Image, rng: np.random.Generator, script: str, left: float, rows: list[float], mm: int
) -> None:
    """Prints a small line above each labelled row and above the number; nothing where no font has the script.

    Args:
        left: left edge of the labels in pixels.
        rows: baselines of the Chinese rows in pixels.
        mm: pixels in a millimetre.
    """
    face = _face(script, rng)
    if face is None:
        return
    size = round(1.75 * mm)
    draw = ImageDraw.Draw(image)
    for i, row in enumerate([*rows, 47.4 * mm]):
        word = WORDS[script][min(i, len(WORDS[script]) - 1)]
        if script == "mongolian":
            _vertical(image, word, face, size, (left - 2.6 * mm, row - 2.6 * mm))
            continue
        draw.text((left, row - 3.0 * mm), word, font=fonts.load(face, size), fill=INK, anchor="ls")
        if i in (0, 1, 3):
            value = " ".join(
                WORDS[script][int(k)] for k in rng.integers(0, len(WORDS[script]), 1 if i < 2 else 3)
            )
            draw.text(
                (left + 9.8 * mm, row - (3.6 if i else 4.3) * mm),
                value,
                font=fonts.load(face, size),
                fill=INK,
                anchor="ls",
            )


def print_heading(
    image: Image.Image, rng: np.random.Generator, script: str, centre: tuple[float, float], mm: int
) -> None:
    """Prints a line of the script under the big words of the emblem side."""
    face = _face(script, rng)
    if face is None or script == "mongolian":
        return
    line = " ".join(WORDS[script][:4])
    ImageDraw.Draw(image).text(centre, line, font=fonts.load(face, round(2.4 * mm)), fill=INK, anchor="ms")


def _vertical(
    image: Image.Image, word: str, face: tuple[str, int], size: int, top_left: tuple[float, float]
) -> None:
    """Mongolian runs downwards: a horizontal line turned by a quarter."""
    font = fonts.load(face, size)
    mask = Image.new("L", (int(font.getlength(word)) + 8, size * 2), 0)
    ImageDraw.Draw(mask).text((4, size // 3), word, font=font, fill=255)
    turned = mask.rotate(-90, expand=True)
    image.paste(Image.new("RGB", turned.size, INK), (int(top_left[0]), int(top_left[1])), turned)
