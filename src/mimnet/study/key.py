"""The organiser's key of a study: which model stands behind which opaque id."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.errors import MimnetError

FORMAT = "mimnet-study-key-1"


@dataclass(frozen=True)
class StudyKey:
    """Id of the study, models by opaque id, and the captions of its items in the page's numbering."""

    study: str
    models: dict[str, str]
    captions: tuple[str, ...]

    @property
    def screens(self) -> int:
        """Edits that a rater grades."""
        return len(self.captions) * len(self.models)

    def to_json(self) -> str:
        """Text of the key's file.

        >>> StudyKey("ab", {"1f": "mimnet"}, ("a red flower",)).screens
        1
        """
        told = {"format": FORMAT, "study": self.study, "models": self.models, "captions": self.captions}
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def read_key(file: Path) -> StudyKey:
    """The key in a file. Raises `MimnetError` if it is none."""
    told = read_object(file)
    if told.get("format") != FORMAT:
        raise MimnetError(f"{file} is no key of a study (format {told.get('format')!r}, not {FORMAT!r})")
    study, models, captions = told.get("study"), told.get("models"), told.get("captions")
    sound = (
        isinstance(study, str)
        and (isinstance(models, dict) and models and all(isinstance(name, str) for name in models.values()))
        and (isinstance(captions, list) and captions and all(isinstance(caption, str) for caption in captions))
    )
    if not sound:
        raise MimnetError(f"{file}: the key is damaged; it needs study, models and captions")
    assert isinstance(study, str)
    assert isinstance(models, dict)
    assert isinstance(captions, list)
    if len(set(models.values())) < len(models):
        raise MimnetError(f"{file}: the key is damaged; two ids stand for one model")
    return StudyKey(study, models, tuple(captions))


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises `MimnetError` with the file's name."""
    try:
        told = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MimnetError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise MimnetError(f"{file} is not JSON ({error or type(error).__name__}); was it cut short?") from error
    if not isinstance(told, dict):
        raise MimnetError(f"{file} holds JSON, but no object; it is not from a study's page")
    return told
