"""Fetching a file: gone on with after a break, checked, and under its name only when it is whole."""

import hashlib
import os
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from mimnet.data.prepare.addresses import Remote
from mimnet.errors import MimnetError
from mimnet.files import write_whole

TRIES = 5  # breaks in a row without a byte in between
SUMS = "SHA256SUMS"  # as sha256sum --check reads them
_BLOCK = 1 << 20

Progress = Callable[[int, int | None], None]  # bytes done, bytes in all where known


def fetch(
    remote: Remote, folder: Path, *, mirror: str | None = None, wait: float = 1.0, progress: Progress = lambda *_: None
) -> str:
    """Bring a file into a folder, and say in words how it was checked. `wait`: seconds before a second try.

    A file that is there already is checked only. `mirror` is a folder, or an address before the file's name, to be used
    in place of the file's own address. The unfinished file is NAME.part; the same call goes on with it. Raises
    `MimnetError` for a wrong checksum (what came is deleted), a server's refusal, or too many breaks.
    """
    target = folder / remote.name
    if not target.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{remote.name}.part"
            address = _address(remote, mirror)
            if isinstance(address, Path):
                _copy(address, part, progress)
            else:
                _download(address, part, wait, progress)
            told = check(remote, part)
            with part.open("rb") as whole:
                os.fsync(whole.fileno())
            os.replace(part, target)
        except OSError as error:
            raise MimnetError(f"cannot write {target}: {error.strerror or error}; the same command goes on") from error
        return told
    return check(remote, target)


def available(remote: Remote, folder: Path, mirror: str | None) -> bool:
    """Whether `fetch` can bring a file, or finds it in the folder."""
    if (folder / remote.name).is_file():
        return True
    if mirror is not None and not _is_address(mirror):
        return (Path(mirror) / remote.name).is_file()
    return remote.address is not None or (mirror is not None and remote.needed)


def check(remote: Remote, file: Path) -> str:
    """Compare a file's checksum with the published one, else with the one kept in SHA256SUMS, else keep it there.

    `file` may be unfinished in name; if it is and does not fit, it is deleted. Raises `MimnetError` if it does not fit.
    """
    md5, sha256 = _digests(file)
    sums = _read_sums(file.parent / SUMS)
    known = sums.get(remote.name)
    wanted, found, kind = (remote.md5, md5, "md5") if remote.md5 else (known, sha256, "sha256 of the first time")
    if wanted is not None and wanted != found:
        gone = file.suffix == ".part"
        if gone:
            file.unlink()
        raise MimnetError(
            f"{file.parent / remote.name}: its {kind} is {found}, not {wanted}; "
            f"{'what came is deleted, try again' if gone else 'delete it and fetch it again'}"
        )
    if known != sha256:
        sums[remote.name] = sha256
        write_whole(file.parent / SUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)))
    if remote.md5:
        return f"md5 as published ({md5})"
    return f"as at the first time (sha256 {sha256})" if known else f"no checksum is published; its sha256 is {sha256}"


def _digests(file: Path) -> tuple[str, str]:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    try:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                md5.update(block)
                sha256.update(block)
    except OSError as error:
        raise MimnetError(f"cannot read {file}: {error.strerror or error}") from error
    return md5.hexdigest(), sha256.hexdigest()


def _read_sums(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8", errors="replace")
    return {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  (.+)$", text, re.MULTILINE)}


def _address(remote: Remote, mirror: str | None) -> str | Path:
    if mirror is not None and not _is_address(mirror):
        return Path(mirror) / remote.name
    address = f"{mirror.rstrip('/')}/{urllib.parse.quote(remote.name)}" if mirror else remote.address
    if address is None:
        raise MimnetError(f"{remote.name} has no public address; fetch it by hand from {remote.page}")
    return address


def _is_address(mirror: str) -> bool:
    return re.match(r"https?://", mirror) is not None


def _copy(source: Path, part: Path, progress: Progress) -> None:
    if not source.is_file():
        raise MimnetError(f"no {source.name} in {source.parent}")
    shutil.copyfile(source, part)
    progress(part.stat().st_size, part.stat().st_size)


def _download(address: str, part: Path, wait: float, progress: Progress) -> None:
    """Fetch to `part`, from where it ends on, until the server's length is reached."""
    tries = 0
    while True:
        before = part.stat().st_size if part.is_file() else 0
        try:
            if _go_on(address, part, before, progress):
                return
            reason = "the connection broke"
        except urllib.error.HTTPError as error:
            if error.code == 416 and before:  # it does not have that much: what is here is of another file
                part.unlink()
            elif error.code < 500 and error.code != 429:
                raise MimnetError(f"{address}: the server says {error.code} {error.reason}") from error
            reason = f"the server says {error.code} {error.reason}"
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
        now = part.stat().st_size if part.is_file() else 0
        tries = 0 if now > before else tries + 1
        if tries >= TRIES:
            raise MimnetError(f"{address}: {reason}; {now:,} bytes are kept in {part}, the same command goes on")
        time.sleep(wait * 2**tries)


def _go_on(address: str, part: Path, have: int, progress: Progress) -> bool:
    """One connection; whether the file is whole after it. The part is of this very file if its tag is as noted."""
    note = part.with_name(f"{part.name}.tag")
    tag = note.read_text(encoding="utf-8") if have and note.is_file() else ""
    headers = {"User-Agent": "mimnet", "Accept-Encoding": "identity"}
    if have and tag:
        headers |= {"Range": f"bytes={have}-", "If-Range": tag}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
        assert isinstance(answer, HTTPResponse)
        begins = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", answer.headers.get("Content-Range", ""))
        if answer.status == 206 and (begins is None or int(begins[1]) != have):
            raise HTTPException("the server sent another part than asked for")
        start = have if answer.status == 206 else 0  # a server without ranges sends all
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else None
        # a strong tag, else the date, says on the next connection whether the file is still the same
        strong = answer.headers.get("ETag", "")
        new = strong if strong and not strong.startswith("W/") else answer.headers.get("Last-Modified", "")
        if start == 0:
            write_whole(note, new)
        done = start
        with part.open("ab" if start else "wb") as file:
            progress(done, total)
            while block := answer.read1(_BLOCK):
                file.write(block)
                done += len(block)
                progress(done, total)
        if total is None or done >= total:
            note.unlink(missing_ok=True)
            return True
        return False
