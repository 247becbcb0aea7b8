"""What a score means, said once: in the first lines of its file, from where it is printed beside the number."""

from types import ModuleType


def convention(metric: ModuleType) -> str:
    """The paragraph of the module's docstring that begins with "Convention".

    >>> from mimnet.metrics import difference
    >>> convention(difference)[:49]
    'mean absolute difference (L1) of input and output'
    """
    for paragraph in (metric.__doc__ or "").split("\n\n"):
        head, _, text = paragraph.strip().partition(": ")
        if head.startswith("Convention"):
            return " ".join(text.split())
    raise ValueError(f"{metric.__name__} states no convention")
