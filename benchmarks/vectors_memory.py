"""Memory and time of reading word vectors: files of 2 GB in each format, against a bound of 400 MB.

    python benchmarks/vectors_memory.py [--gigabytes 2] [--folder DIR]

Writes the files, reads 2,000 words and 50 misspelt ones out of each in a process of its own, prints that process's peak
memory, and deletes the files. Exit code 1 if a peak is over the bound.
"""

import argparse
import gzip
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BOUND = 400  # MB
WIDTH = 300
BUCKETS = 1_000_000
READ = """
import sys, time
begun = time.perf_counter()
from pathlib import Path
from mimnet.vectors.lookup import find_vectors
found = find_vectors(Path(sys.argv[1]), sys.argv[2].split())
took = time.perf_counter() - begun
# Not getrusage: its peak counts the parent that this process was forked from.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(took, int(peak) / 1024, found.report(), sep="\\t")
"""
NOTHING = "import torch; print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"


def names(count: int) -> Iterator[str]:
    """Different words of eight letters."""
    for number in range(count):
        yield "".join(chr(97 + number // 26**i % 26) for i in range(5)) + "ing"


def write_text(path: Path, size: float) -> None:
    rng = np.random.default_rng(0)
    numbers = [" ".join(f"{x:.5f}" for x in rng.normal(size=WIDTH)) for _ in range(200)]
    written = 0
    with path.open("w") as file:
        for i, name in enumerate(names(10**7)):
            written += file.write(f"{name} {numbers[i % 200]}\n")
            if written > size:
                return


def write_gzip(path: Path, size: float) -> None:
    plain = path.with_suffix(".plain")
    write_text(plain, size)
    with plain.open("rb") as file, gzip.open(path, "wb", 1) as packed:
        while block := file.read(1 << 20):
            packed.write(block)
    plain.unlink()


def write_word2vec(path: Path, size: float) -> None:
    count = int(size / (4 * WIDTH + 10))
    row = np.random.default_rng(0).normal(size=WIDTH).astype("<f4").tobytes()
    with path.open("wb") as file:
        file.write(f"{count} {WIDTH}\n".encode())
        for name in names(count):
            file.write(name.encode() + b" " + row + b"\n")


def write_fasttext(path: Path, size: float) -> None:
    rows = int(size / (4 * WIDTH + 9))
    words = max(3000, rows - BUCKETS)
    with path.open("wb") as file:
        file.write(struct.pack("<2i12id", 793712314, 12, WIDTH, 5, 5, 1, 5, 1, 2, 2, rows - words, 3, 6, 100, 1e-4))
        file.write(struct.pack("<3i2q", words, words, 0, 10**9, -1))
        for name in names(words):
            file.write(name.encode() + b"\0" + struct.pack("<qb", 5, 0))
        file.write(struct.pack("<?2q", False, rows, WIDTH))
        some = np.random.default_rng(0).normal(size=(1000, WIDTH)).astype("<f4").tobytes()
        for _ in range(-(-rows // 1000)):
            file.write(some)
        file.truncate(file.tell() - 4 * WIDTH * (-rows % 1000))
        file.seek(0, 2)
        file.write(struct.pack("<?2q", False, 0, WIDTH))


WRITERS = {"text": write_text, "text, gzip": write_gzip, "word2vec": write_word2vec, "fastText": write_fasttext}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--folder", type=Path, help="where the files are made, one at a time")
    given = parser.parse_args()
    words = [*names(2000), *(name + "g" for name in names(50))]
    bare = int(subprocess.run([sys.executable, "-c", NOTHING], capture_output=True, text=True, check=True).stdout)
    print(f"{'a process that imports torch alone':<36}{'':>18}{bare / 1024:8.0f} MB")
    over = False
    for name, write in WRITERS.items():
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            path = Path(folder) / "vectors"
            write(path, given.gigabytes * 1e9)
            for turn in ("read", "from the cache"):
                ran = subprocess.run(
                    [sys.executable, "-c", READ, str(path), " ".join(words)],
                    capture_output=True,
                    text=True,
                    check=True,
                    env={**os.environ, "MIMNET_HOME": str(Path(folder) / "home")},
                )
                seconds, peak, report = ran.stdout.strip().split("\t")
                size = path.stat().st_size / 1e9
                print(f"{name:<12}{turn:<16}{size:6.2f} GB {float(seconds):10.1f} s {float(peak):8.0f} MB  {report}")
                over |= float(peak) > BOUND
    print(f"bound: {BOUND} MB; {'OVER' if over else 'all below'}")
    sys.exit(over)


if __name__ == "__main__":
    main()
