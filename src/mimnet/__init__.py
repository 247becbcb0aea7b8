"""MIM-Net: edit the look of an object in a photograph by describing it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mimnet.editor import Editor
    from mimnet.version import __version__

__all__ = ["Editor", "__version__"]


def __getattr__(name: str) -> Any:
    """The public names, imported when first asked for: torch takes seconds, `mimnet --help` must not."""
    if name == "Editor":
        from mimnet.editor import Editor

        return Editor
    if name == "__version__":
        from mimnet.version import __version__

        return __version__
    raise AttributeError(f"module 'mimnet' has no attribute {name!r}")
