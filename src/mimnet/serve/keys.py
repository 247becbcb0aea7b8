"""The service's keys: where they come from, and how a request's is compared."""

import hashlib
import hmac
import os
from pathlib import Path

from mimnet.errors import MimnetError

VARIABLE = "MIMNET_KEY"
LEAST = 16  # characters of a key


class Keys:
    """The keys that are let in; none: everybody is. Only their hashes stay in memory."""

    def __init__(self, keys: list[str]) -> None:
        self._hashes = [_hash(key.encode()) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def admit(self, authorization: str) -> bool:
        """Whether the header `Authorization` holds one of the keys; it takes the same time for any wrong one.

        >>> Keys(["k" * 16]).admit("Bearer " + "k" * 16), Keys(["k" * 16]).admit("Bearer x"), Keys([]).admit("")
        (True, False, True)
        """
        scheme, _, given = authorization.partition(" ")
        hashed = _hash(given.strip().encode("utf-8", "surrogateescape"))
        fits = [hmac.compare_digest(hashed, known) for known in self._hashes]
        return not self._hashes or (scheme.lower() == "bearer" and any(fits))


def read_keys(file: Path | None) -> Keys:
    """Keys from a file, one a line, or from the environment's `MIMNET_KEY`; both, and both are let in.

    Raises `MimnetError` for a file that cannot be read or holds none, and for a key that is too short.
    """
    keys = [os.environ[VARIABLE]] if os.environ.get(VARIABLE) else []
    if file is not None:
        try:
            found = [line.strip() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
        except OSError as error:
            raise MimnetError(f"cannot read --key-file {file}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise MimnetError(f"--key-file {file}: a key is plain ASCII") from error
        if not found:
            raise MimnetError(f"--key-file {file} holds no key; write one a line")
        keys += found
    if any(len(key) < LEAST for key in keys):
        raise MimnetError(f"a key has at least {LEAST} characters; make one with: openssl rand -hex 32")
    return Keys(keys)


def _hash(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
