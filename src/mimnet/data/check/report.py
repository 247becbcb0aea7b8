"""The whole check of a folder, its summary for people and its JSON for programs."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.data.check import captions, classes, duplicates, maps, pictures, splits, words
from mimnet.data.check.duplicates import Groups, Places, find_groups
from mimnet.data.check.finding import Finding, Level, Needs, name_of, printable, worst_first
from mimnet.data.check.pictures import Looks, look_at
from mimnet.data.check.splits import Split, read_splits
from mimnet.data.check.words import Words, training_vocabulary, words_of
from mimnet.text import Vocabulary

LINES = 25  # of the summary
WIDE = 150  # characters of its lines
MARKS: dict[Level, str] = {"error": "ERROR ", "leak": "LEAK  ", "remark": "remark"}


@dataclass(frozen=True)
class Report:
    """What a check found in a folder."""

    root: Path
    facts: dict[str, dict[str, Any]]  # counts of every split
    findings: tuple[Finding, ...]  # worst first
    groups: Groups  # pictures that show the same
    looks: Looks
    places: Places

    @property
    def failed(self) -> bool:
        """Whether training would stumble, or test pictures are trained on."""
        return any(finding.level != "remark" for finding in self.findings)

    def to_text(self) -> str:
        """The summary: facts, then findings, worst first and each with how to mend it; 25 lines at most."""
        lines = [_fact(name, fact) for name, fact in self.facts.items()]
        told = [self._told(finding) for finding in self.findings]
        room = LINES - len(lines) - 1
        shown = told if 2 * len(told) <= room else told[: (room - 1) // 2]
        lines += [line for pair in shown for line in pair]
        if len(shown) < len(told):
            lines.append(f"and {len(told) - len(shown)} more remarks; --json FILE has them all")
        return "\n".join([*lines, self._verdict()])

    def _told(self, finding: Finding) -> tuple[str, str]:
        split = f"{finding.split}: " if finding.split else ""
        of = f" of {finding.of:,}" if finding.of > finding.count else ""
        line = f"{MARKS[finding.level]} {split}{finding.count:,}{of} {finding.said}"
        names = self._names(finding)
        for count in range(min(3, len(names)), 0, -1):
            more = ", …" if len(names) > count else ""
            if len(longer := f"{line}: {', '.join(names[:count])}{more}") <= WIDE or count == 1:
                line = longer
                break
        return _short(line), _short(f"       -> {finding.mend}")

    def _names(self, finding: Finding) -> list[str]:
        names = [name_of(file, self.root / finding.split) for file in finding.files]
        said = [printable(example.replace(f"{self.root}/", "")) for example in finding.examples]
        if finding.code == "unreadable":
            return [f"{name} ({why})" for name, why in zip(names, said, strict=True)]
        return said or names

    def _verdict(self) -> str:
        counts = Counter(finding.level for finding in self.findings)
        if not counts:
            return "nothing to remark: ready to train"
        told = [f"{n} {level}{'s' if n > 1 else ''}" for level in MARKS if (n := counts[level])]
        return f"{', '.join(told)}: {'mend these before training' if self.failed else 'ready to train'}"

    def to_json(self) -> dict[str, Any]:
        """Everything, with every file and caption that a finding speaks of."""
        of = [
            {
                "files": [name_of(self.looks.files[place], self.root) for place in group],
                "splits": [self.places.split_of(place) for place in group],
            }
            for group in self.groups.members
        ]
        links = [
            [name_of(self.looks.files[link.one], self.root), name_of(self.looks.files[link.other], self.root), link.how]
            for link in self.groups.links
        ]
        return {
            "folder": str(self.root),
            "failed": self.failed,
            "splits": self.facts,
            "findings": [finding.to_json(self.root) for finding in self.findings],
            "signs_apart": self.groups.radius,
            "same": of,
            "links": links,
        }


def check_folder(root: Path, needs: Needs | None = None, *, quiet: bool = False) -> Report:
    """Look at every line, caption and picture of ROOT/train, ROOT/test and other splits. Changes nothing.

    Raises `MimnetError` only where ROOT is no folder of captioned pictures.
    """
    root, needs = Path(root), needs or Needs()
    parts = read_splits(root)
    vocabulary = training_vocabulary(parts[0], needs)
    counted = [words_of(split, vocabulary) for split in parts]

    files = [list(dict.fromkeys(row.file.resolve() for row in split.rows)) for split in parts]
    kinds = [{row.file.resolve(): row.kind for row in split.rows} for split in parts]
    first = [sum(map(len, files[:k])) for k in range(len(parts) + 1)]
    looks = look_at([file for part in files for file in part], quiet=quiet)
    groups = find_groups(looks, quiet=quiet)
    of_kind = tuple(kind[file] for part, kind in zip(files, kinds, strict=True) for file in part)
    places = Places(tuple(split.name for split in parts), tuple(first[:-1]), of_kind)

    found: list[Finding] = []
    for k, split in enumerate(parts):
        broken = sum(first[k] <= place < first[k + 1] for place in looks.failure)
        found += splits.findings(split)
        found += pictures.findings(looks, split.name, first[k], first[k + 1], needs)
        found += maps.findings(split, needs)
        found += captions.findings(split, needs)
        found += classes.findings(split, needs, broken)
    found += words.findings(parts, counted, vocabulary)
    found += duplicates.findings(groups, looks, places)
    facts = {
        split.name: _facts(split, of, vocabulary if k == 0 else None)
        for k, (split, of) in enumerate(zip(parts, counted, strict=True))
    }
    _shared_classes(parts, facts)
    return Report(root.resolve(), facts, worst_first(found), groups, looks, places)


def _facts(split: Split, of: Words, vocabulary: Vocabulary | None) -> dict[str, Any]:
    per = [len(row.captions) for row in split.rows] or [0]
    sizes = Counter(row.kind for row in split.rows if row.kind is not None)
    facts: dict[str, Any] = {
        "pictures": len(split.rows),
        "captions": sum(per),
        "captions_per_picture": [min(per), statistics.median(per), max(per)],
        "words": of.count,
        "different_words": of.different,
        "unknown_words": of.unknown,
        "classes": len(sizes),
        "pictures_per_class": [min(sizes.values()), statistics.median(sizes.values()), max(sizes.values())]
        if sizes
        else [],
    }
    if vocabulary is not None:
        facts["vocabulary"] = len(vocabulary)
    return facts


def _shared_classes(parts: Sequence[Split], facts: dict[str, dict[str, Any]]) -> None:
    """How many classes of a split are trained on too; that is no fault, it only says what its scores mean."""
    trained = {row.kind for row in parts[0].rows} - {None}
    for split in parts[1:]:
        facts[split.name]["classes_trained_on"] = len({row.kind for row in split.rows} & trained)


def _fact(name: str, fact: dict[str, Any]) -> str:
    """A split in one line."""
    least, middle, most = fact["captions_per_picture"]
    each = f"{most}" if least == most else f"{least} to {most}, mostly {middle:g}"
    told = [f"{fact['pictures']:,} pictures", f"{fact['captions']:,} captions ({each} each)"]
    if fact["classes"]:
        least, _, most = fact["pictures_per_class"]
        size = f"{most:,}" if least == most else f"{least:,} to {most:,}"
        also = f", {fact['classes_trained_on']} of them trained on" if "classes_trained_on" in fact else ""
        told.append(f"{fact['classes']:,} classes ({size} pictures{also})")
    share = fact["unknown_words"] / max(1, fact["words"])
    unknown = f"{share:.1%} of all words unknown"
    told.append(f"a vocabulary of {fact['vocabulary']:,} words, {unknown}" if "vocabulary" in fact else unknown)
    return _short(f"{name:<6} {'; '.join(told)}")


def _short(line: str) -> str:
    return printable(line, longest=WIDE)
