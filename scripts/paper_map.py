"""Write docs/paper-map.md: where each equation of the paper lives, from the `# Eq. n` tags in the sources.

python scripts/paper_map.py
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "paper-map.md"
TAG = re.compile(r"# Eq\. (\d+)\b")

# Section of the paper and what the equation says.
EQUATIONS = {
    1: ("3.1", "the set of latent memories M"),
    2: ("3.1", "keys of the memories; attention of every word over them"),
    3: ("3.1", "word-level texture e: a convex combination of memories"),
    4: ("3.2", "global texture g"),
    5: ("3.2", "boundary features joined with the tiled global texture, U"),
    6: ("3.2", "coarse manipulated features Vm"),
    7: ("3.2", "Vm and the picture's own features fused by the weight map, up-sampled: Vu"),
    8: ("3.2", "coarse picture I1"),
    9: ("3.3", "weight map A of the Target Localization Unit"),
    10: ("3.4", "attention of every patch over the words; its local texture"),
    11: ("3.4", "fine picture I2"),
    12: ("3.5.1", "reality discriminator Dr"),
    13: ("3.5.1", "text-conformity discriminator Dt"),
    14: ("3.5.2", "reconstruction loss"),
    15: ("3.5.2", "pseudo ground-truth texture and its loss"),
    16: ("3.5.2", "randomized memory loss"),
    17: ("3.5.3", "loss of a stage's discriminators"),
    18: ("3.5.3", "reality loss of the generator"),
    19: ("3.5.3", "conformity loss of the generator"),
    20: ("3.5.4", "total loss of the generator"),
    21: ("3.5.4", "total loss of the discriminators"),
    22: ("4.2", "manipulative precision MP"),
}


@dataclass(frozen=True)
class Home:
    """A place in the sources that carries an equation's tag."""

    file: str  # relative to src/mimnet
    line: int
    function: str  # with its class


def homes(sources: Path = ROOT / "src" / "mimnet") -> dict[int, list[Home]]:
    """Every tag in the sources, by equation."""
    found: dict[int, list[Home]] = {}
    for file in sorted(sources.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            tag = TAG.match(token.string) if token.type == tokenize.COMMENT else None
            if tag:
                line = token.start[0]
                home = Home(file.relative_to(sources).as_posix(), line, _enclosing(ast.parse(text), line))
                found.setdefault(int(tag[1]), []).append(home)
    return found


def _enclosing(node: ast.AST, line: int) -> str:
    """Dotted name of the classes and functions around a line; empty at the top of a file."""
    for child in ast.iter_child_nodes(node):
        if getattr(child, "lineno", line + 1) <= line <= (getattr(child, "end_lineno", 0) or 0):
            inner = _enclosing(child, line)
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                return f"{child.name}.{inner}" if inner else child.name
            return inner
    return ""


def paper_map() -> str:
    """The text of docs/paper-map.md."""
    found = homes()
    lines = [
        "# From the paper to the code",
        "",
        "Every equation of the paper has one home, tagged `# Eq. n`. This page is made from those tags by",
        "`python scripts/paper_map.py`; a test compares it with them. Files are below `src/mimnet/`.",
        "",
        "| equation | section | what | home |",
        "|---|---|---|---|",
    ]
    for number, (section, what) in EQUATIONS.items():
        places = ", ".join(f"`{home.file}: {home.function}`" for home in found.get(number, []))
        lines.append(f"| {number} | {section} | {what} | {places} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(paper_map(), encoding="utf-8")
    print(f"wrote {TARGET}")
