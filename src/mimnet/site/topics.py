"""What a model is about, by its vocabulary: words to offer, sentences to begin with, and a picture to try them on."""

from collections.abc import Sequence
from dataclasses import dataclass

from mimnet.data.drawn import render, sample_scene
from mimnet.recipe import encode
from mimnet.text import tokenise

MOST = 12  # words of a group
EXAMPLES = 4  # sentences
SIDE = 256  # pixels of the drawn picture


@dataclass(frozen=True)
class Topic:
    """A subject that models are trained on."""

    signs: tuple[str, ...]  # the commonest words of its captions
    parts: str  # words for parts, by spaces
    examples: tuple[str, ...]
    drawn: tuple[str, int, int] | None = None  # kind, species and seed of a picture that is drawn for trying


TOPICS = (
    Topic(
        ("flower", "petals"),
        "petals petal center centre stamen stamens pistil pistils anthers filaments stigma sepals edges tips leaves "
        "stem",
        (
            "this flower has bright red petals",
            "this flower has yellow petals and a brown center",
            "the petals are white",
            "this flower is purple with a yellow center",
            "a flower with blue petals",
        ),
        ("flower", 45, 1),
    ),
    Topic(
        ("bird",),
        "head wings wing belly breast crown beak bill tail throat back nape neck eyes legs feet wingbars feathers",
        (
            "this bird has a red head and a yellow belly",
            "this bird is blue with a white belly",
            "a small yellow bird with black wings",
            "this bird is black with white wings",
        ),
        ("bird", 60, 4),
    ),
    Topic(
        ("sleeve", "shirt", "dress", "wearing"),
        "neck sleeve sleeves collar shirt tank top tee knitwear sweater blouse dress skirt pants jeans jacket coat",
        (
            "a round neck short sleeve red women's t-shirt",
            "a high neck long sleeve blue women's knitwear",
            "a black women's t-shirt",
            "a white women's t-shirt",
            "the lady is wearing a blue dress",
            "the lady is wearing a red shirt",
            "a woman is wearing a black dress",
        ),
        ("top", 138, 1),
    ),
)
# By their use; each group is shown as far as the model knows its words. Spellings of one word stand for one.
GROUPS = {
    "colours": "red orange yellow pink purple blue white green brown black grey gray violet lavender magenta maroon "
    "navy peach cream gold crimson scarlet lilac beige ivory coral",
    "shades": "bright dark light pale deep vibrant vivid soft dull shiny",
    "shapes": "round rounded pointed pointy long short large small wide narrow thin oval ruffled wavy smooth spiky "
    "curled sleeveless high",
    "patterns": "spotted spots striped stripes streaks speckled dots veins multicolored floral plaid plain",
}


def topic_of(words: Sequence[str]) -> Topic | None:
    """The topic whose sign comes first among `words`, which are in the order of their frequency."""
    places = {word: place for place, word in enumerate(words)}
    found = [(places[sign], topic) for topic in TOPICS for sign in topic.signs if sign in places]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def suggestions(words: Sequence[str]) -> dict[str, list[str]]:
    """Known words by their use, in each group the commonest first.

    >>> suggestions(["<pad>", "<unk>", "flower", "petals", "yellow", "red"])
    {'colours': ['yellow', 'red'], 'parts': ['petals']}
    """
    topic = topic_of(words)
    groups = {"colours": GROUPS["colours"], "parts": topic.parts if topic else "", **GROUPS}
    found = {name: _known(wanted.split(), words) for name, wanted in groups.items()}
    return {name: known for name, known in found.items() if known}


def examples(words: Sequence[str]) -> list[str]:
    """Sentences of which the model knows every word."""
    topic, known = topic_of(words), set(words)
    return [text for text in (topic.examples if topic else ()) if known.issuperset(tokenise(text))][:EXAMPLES]


def sample_picture(words: Sequence[str]) -> bytes | None:
    """A drawn picture of what the model is about, as a PNG file; None where we draw no such thing."""
    from PIL import Image

    topic = topic_of(words)
    if topic is None or topic.drawn is None:
        return None
    kind, species, seed = topic.drawn
    return encode(Image.fromarray(render(sample_scene(seed, kind, species), SIDE).image))


def _known(wanted: Sequence[str], words: Sequence[str]) -> list[str]:
    """Those of `words` that are wanted; of a word's two forms, as petal and petals, the commoner."""
    asked, kept = set(wanted), list[str]()
    for word in words:
        twins = {word + "s", word.removesuffix("s"), word.replace("gray", "grey"), word.replace("centre", "center")}
        if word in asked and not twins & set(kept) and word.replace("grey", "gray") not in kept:
            kept.append(word)
    return kept[:MOST]
