"""Requests that no honest sender makes, drawn from a seed: each a kind and the bytes to send over a connection."""

import base64
import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator

from serve_case import TEXT, picture

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
Draw = random.Random


def requests(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """`count` malformed requests, the same for the same seed."""
    draw = Draw(seed)
    names = sorted(KINDS)
    for number in range(count):
        name = names[number % len(names)]
        yield name, KINDS[name](draw)


def http(body: bytes, kind: str, *, path: str = "/api/edit", method: str = "POST", more: bytes = b"") -> bytes:
    """A request that is well formed outside."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    return head.encode() + more + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def form(image: bytes, *, text: bytes = TEXT.encode(), more: bytes = b"") -> bytes:
    """A form as it should be, around any picture and text."""
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + text
    body += b'\r\n--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + image
    return http(body + more + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")


def noise(draw: Draw, most: int = 3000) -> bytes:
    return draw.randbytes(draw.randrange(most))


def some_picture(draw: Draw) -> bytes:
    return picture(seed=draw.randrange(9), format=draw.choice(FORMATS))


def truncated(draw: Draw) -> bytes:
    data = some_picture(draw)
    return form(data[: draw.randrange(len(data))])


def flipped(draw: Draw) -> bytes:
    data = bytearray(some_picture(draw))
    for _ in range(draw.randrange(1, 30)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return form(bytes(data))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(draw: Draw) -> bytes:
    """A few bytes that claim, or would become, very much."""
    side = draw.choice([6000, 16_383, 65_535])
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    zeros = zlib.compress(bytes(3_000_000))
    vp8x = b"VP8X" + struct.pack("<I", 10) + bytes(4) + struct.pack("<I", 16_382)[:3] * 2
    small = picture()
    return form(
        draw.choice(
            [
                png + chunk(b"IDAT", zeros) + chunk(b"IEND", b""),
                small[:33] + chunk(b"zTXt", b"a\0\0" + zeros) * 3 + small[33:],
                small[:33] + chunk(b"iCCP", b"a\0\0" + zeros) + small[33:],
                small[:33] + chunk(b"tEXt", b"") * 2000 + small[33:],
                b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + bytes(6) + b",",
                b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, side, -side, 1, 24, 0, 0, 1, 1, 0, 0),
                b"RIFF" + struct.pack("<I", 4 + len(vp8x)) + b"WEBP" + vp8x,
                b"\xff\xd8\xff\xc0\0\x11\x08"
                + struct.pack(">HH", 65_535, 65_535)
                + b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
                b"\xff\xd8" + b"\xff\xe0\0\x04ab" * 3000,
            ]
        )
    )


def polyglot(draw: Draw) -> bytes:
    """A picture that is something else too."""
    data = some_picture(draw)
    others = [
        b"PK\x03\x04" + noise(draw),
        b"<script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"#!/bin/sh\n",
        some_picture(draw),
    ]
    other = draw.choice(others)
    return form(draw.choice([data + other, other + data, b"GIF89a/*" + other, data[:20] + other + data[20:]]))


def types(draw: Draw) -> bytes:
    """JSON whose values are of any type but the right one."""
    odd = [None, True, -1, 1e308, "", "x" * 5000, [], [[1]], {}, {"a": {}}, "\x00\u202e\U0001f600", 10**40, "NaN"]
    asked: dict[str, object] = {"image": base64.b64encode(picture()).decode(), "text": TEXT}
    for name in draw.sample(
        ["image", "text", "model", "strength", "threshold", "format", "quality", "metadata", "x"], 3
    ):
        asked[name] = draw.choice(odd)
    return http(json.dumps(asked).encode(), "application/json")


def json_noise(draw: Draw) -> bytes:
    whole = json.dumps({"image": base64.b64encode(picture()).decode(), "text": TEXT}).encode()
    at = draw.randrange(len(whole))
    odd = [
        whole[:at],
        whole[:at] + noise(draw, 20) + whole[at:],
        b"[" * 50_000,
        b'{"a":' * 9000,
        noise(draw),
        b"\xff\xfe{}",
    ]
    return http(draw.choice(odd), draw.choice(["application/json", "application/json; charset=utf-16", "text/json"]))


def form_noise(draw: Draw) -> bytes:
    """Multipart that is broken in its own ways."""
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    odd = [
        noise(draw),
        part * 500,
        b"--x\r\n" + b"A: b\r\n" * 2000,
        b'--x\r\nContent-Disposition: form-data; name="' + b"n" * 50_000 + b'"\r\n\r\n1\r\n--x--',
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
        b"\r\n--x" * 3000,
        b"--x\r\nContent-Disposition: form-data; name=\"image\"; filename*=UTF-16''%ff\r\n\r\n1\r\n--x--",
        part[: draw.randrange(len(part))],
        form(picture()).partition(b"\r\n\r\n")[2][: draw.randrange(3000)],
    ]
    kinds = [
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x; charset=hex",
    ]
    return http(draw.choice(odd), draw.choice([*kinds, kinds[0], f"multipart/form-data; boundary={'b' * 300}"]))


def sentences(draw: Draw) -> bytes:
    """Texts of odd bytes and letters."""
    odd = [
        noise(draw, 400),
        b"\x00" * 50,
        "\u202e\u0301\U0001f600 red".encode() * 20,
        b"red\r\n--x",
        b"a " * 3000,
        b"\xed\xa0\x80",
    ]
    return form(picture(), text=draw.choice(odd))


def fields(draw: Draw) -> bytes:
    names = [
        "strength",
        "threshold",
        "quality",
        "format",
        "answer",
        "model",
        "metadata",
        "image",
        "text",
        "",
        "__class__",
    ]
    values = ["", "-1", "nan", "inf", "1e999", "0x1", "../../etc/passwd", "%00", "true", "9" * 400, "png\r\nX: y"]
    part = "".join(
        f'\r\n--x\r\nContent-Disposition: form-data; name="{draw.choice(names)}"\r\n\r\n{draw.choice(values)}'
        for _ in range(draw.randrange(1, 4))
    )
    return form(picture(), more=part.encode())


def heads(draw: Draw) -> bytes:
    """Requests that are broken before their body."""
    odd = [
        noise(draw) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        + b"X: "
        + b"a" * draw.randrange(20_000, 90_000)
        + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + b"X: a\r\n" * draw.randrange(100, 2000) + b"\r\n",
        b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /api/edit HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /api/edit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"POST /api/edit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\n\r\nffffffffffffffffff\r\nabc",
        b"POST /api/edit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        http(b"{}", "application/json", more=b"X-Request-ID: a\x01b\r\n"),
        http(b"{}", "application/json", more=b"Authorization: Bearer \xff\xfe\r\nOrigin: null\r\n"),
        http(b"{}", "application/json", more=b"Accept: " + b"image/png;q=x," * 900 + b"\r\n"),
    ]
    return draw.choice(odd)


def paths(draw: Draw) -> bytes:
    odd = [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%00",
        "/" + "a" * 5000,
        "//x",
        "/api/edit/..",
        "/docs/%ff",
        "*",
    ]
    method = draw.choice(["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "HEAD", "FOO"])
    return http(
        noise(draw, 50), "text/plain", path=draw.choice([*odd, "/api/edit", "/metrics", "/healthz"]), method=method
    )


def wrong_length(draw: Draw) -> bytes:
    """A body shorter than was told; the sender hangs up."""
    whole = form(picture())
    return whole[: draw.randrange(len(whole))]


KINDS: dict[str, Callable[[Draw], bytes]] = {
    "bomb": bomb,
    "fields": fields,
    "flipped": flipped,
    "form noise": form_noise,
    "heads": heads,
    "json noise": json_noise,
    "noise as picture": lambda draw: form(noise(draw)),
    "paths": paths,
    "polyglot": polyglot,
    "sentences": sentences,
    "truncated": truncated,
    "types": types,
    "wrong length": wrong_length,
}
