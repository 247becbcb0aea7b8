"""The drawn set: flowers, birds and tops with captions, for which the true edit and its true mask are known.

And places without any of them, for a model to leave alone.
"""

from mimnet.data.drawn.captions import Caption, captions
from mimnet.data.drawn.place import VIEWS, paint_place, view_of
from mimnet.data.drawn.render import Rendering, render, render_float, true_mask
from mimnet.data.drawn.scene import PARTS, VOCABULARY, Scene, named_parts, sample_scene, true_edit
from mimnet.data.drawn.species import KINDS, MIX, species_of
from mimnet.data.drawn.write import PLACE, DrawnPicture, read_drawn, write_drawn_set

__all__ = [
    "KINDS",
    "MIX",
    "PARTS",
    "PLACE",
    "VIEWS",
    "VOCABULARY",
    "Caption",
    "DrawnPicture",
    "Rendering",
    "Scene",
    "captions",
    "named_parts",
    "paint_place",
    "read_drawn",
    "render",
    "render_float",
    "sample_scene",
    "species_of",
    "true_edit",
    "true_mask",
    "view_of",
    "write_drawn_set",
]
