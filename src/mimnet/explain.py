"""Why an edit looks as it does: which memories each word of the sentence was answered with (Eq. 2)."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mimnet.editor import Edited
from mimnet.errors import MimnetError

TOP = 5  # memories named for each word
SAID = 0.5  # chance above which something is said


def explanation(edited: Edited) -> dict[str, Any]:
    """For each word its strongest memories with weights, and the entropy of all weights in nats.

    `presence`, of a model that can tell: the chance that the picture shows the object that it paints. Of the parts of
    the object that the model knows those to which the sentence gives a look, and by which words.

    A word that the model was given after training names the known words that it is read `through`, with weights.
    Entropy 0: one memory alone; log N: all N memories alike. Raises `MimnetError` for a model without memory.
    """
    attention = _attention(edited)
    words = []
    for word, weights in zip(edited.words, attention, strict=True):
        order = np.argsort(-weights, kind="stable")[:TOP]
        entropy = -(weights * np.log(np.maximum(weights, 1e-12))).sum()
        words.append(
            {
                "word": word,
                "known": word not in edited.unknown,
                "through": edited.through.get(word, {}),
                "entropy": round(float(entropy), 4),
                "memories": [{"memory": int(i), "weight": round(float(weights[i]), 4)} for i in order],
            }
        )
    return {
        "text": edited.recipe.text,
        "model": edited.recipe.model,
        "memories": attention.shape[1],
        "words_cut": edited.cut,
        **({} if edited.presence is None else {"presence": round(edited.presence, 4)}),
        "parts": [
            {
                "part": said.part,
                "chance": round(said.chance, 4),
                "words": [] if said.told is None else _those(edited.words, said.told),
            }
            for said in edited.parts
            if said.chance > SAID
        ],
        "words": words,
    }


def _those(words: list[str], told: np.ndarray[Any, np.dtype[np.float32]]) -> list[str]:
    return [word for word, chance in zip(words, told, strict=True) if chance > SAID]


def heat_map(edited: Edited) -> Image.Image:
    """Words down, memories across; dark is a large weight, a word that the model does not know is red."""
    attention = _attention(edited)
    count, memories = attention.shape
    cell, line, font = max(6, min(14, 1400 // memories)), 20, ImageFont.load_default(14)
    small = ImageFont.load_default(11)
    labels = [_label(edited, word) for word in edited.words]
    left = 12 + max(int(font.getlength(label)) for label in labels)
    top = 2 * line
    picture = Image.new("RGB", (max(left + memories * cell + 10, 480), top + count * line + 26), "white")
    draw = ImageDraw.Draw(picture)
    most = float(attention.max())
    draw.text((6, 8), f"weight of each memory; black is {most:.2f}", "black", font=font)
    for row, (word, label, weights) in enumerate(zip(edited.words, labels, attention, strict=True)):
        y = top + row * line
        colour = "#c00000" if word in edited.unknown else "black"
        draw.text((6, y + 1), label, colour, font=font)
        for column, weight in enumerate(weights):
            grey = round(255 * (1 - float(weight) / most))
            x = left + column * cell
            draw.rectangle((x, y, x + cell - 1, y + line - 2), fill=(grey, grey, grey))
    bottom = top + count * line
    for column in range(0, memories, 8):
        draw.text((left + column * cell, bottom + 4), str(column), "black", font=small)
    draw.rectangle((left - 1, top - 1, left + memories * cell, bottom - 1), outline="#808080")
    return picture


def _label(edited: Edited, word: str) -> str:
    """The word, and what it is read through: "crimson (through red, scarlet)"."""
    through = edited.through.get(word)
    return f"{word} (through {', '.join(through)})" if through else word


def _attention(edited: Edited) -> np.ndarray[Any, np.dtype[np.float32]]:
    if edited.attention is None:
        raise MimnetError("this model has no memory, so there is nothing to explain its words by")
    return edited.attention
