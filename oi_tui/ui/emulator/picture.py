"""Pictures as rows of half blocks, for terminals that can show nothing else.

Owns a reader of the PNG files that plotting libraries write (8 bits a channel, not interlaced).
Knows no widget; takes seconds for millions of pixels, so call it in a thread.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oi_tui.ui.emulator.palette import Rgb

LARGEST = 16 << 20  # bytes of pixels; a larger picture is only named
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = 3  # looked at along each side of what becomes one pixel
_PAPER = 255  # what shows through transparent pixels


class PictureError(ValueError):
    """Not a picture that can be drawn here."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, row by row."""

    width: int
    height: int
    pixel: Callable[[int, int], Rgb]  # by x and y


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    color: int

    @property
    def stride(self) -> int:
        return self.width * _CHANNELS[self.color]


def read_png(data: bytes) -> Picture:
    """Decode a PNG file.

    Raises:
        PictureError: it is damaged, too large, or of a kind that is not read here.
    """
    if not data.startswith(_SIGNATURE):
        raise PictureError("not a PNG file")
    header, packed, palette, alpha = None, bytearray(), b"", b""
    try:
        for kind, body in _chunks(data):
            if kind == b"IHDR":
                header = _read_header(body)
            elif kind == b"PLTE":
                palette = body
            elif kind == b"tRNS":
                alpha = body
            elif kind == b"IDAT":
                packed += body
        if header is None:
            raise PictureError("no header")
        size = (header.stride + 1) * header.height
        raw = zlib.decompressobj().decompress(packed, size)
    except (struct.error, zlib.error) as error:
        raise PictureError(str(error)) from error
    if len(raw) != size or (header.color == 3 and not palette):
        raise PictureError("cut off")
    rows = _unfiltered(raw, header)
    return Picture(header.width, header.height, _pixels(rows, header.color, palette, alpha))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size


def _read_header(body: bytes) -> _Header:
    width, height, depth, color, packing, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if depth != 8 or color not in _CHANNELS or packing or filtering or interlace:
        raise PictureError("an unusual PNG file")
    header = _Header(width, height, color)
    if not width or not height or header.stride * height > LARGEST:
        raise PictureError("too large or empty")
    return header


def _unfiltered(raw: bytes, header: _Header) -> list[bytes]:
    rows, step = list[bytes](), _CHANNELS[header.color]
    above = bytes(header.stride)
    for start in range(0, len(raw), header.stride + 1):
        line = bytearray(raw[start + 1 : start + 1 + header.stride])
        _unfilter(raw[start], line, above, step)
        above = bytes(line)
        rows.append(above)
    return rows


def _unfilter(kind: int, line: bytearray, above: bytes, step: int) -> None:
    """Undo the filter of one row in place, as the PNG specification numbers them."""
    if kind == 1:
        for at in range(step, len(line)):
            line[at] = (line[at] + line[at - step]) & 255
    elif kind == 2:
        line[:] = bytes([(own + up) & 255 for own, up in zip(line, above, strict=True)])
    elif kind == 3:
        for at, up in enumerate(above):
            left = line[at - step] if at >= step else 0
            line[at] = (line[at] + (left + up) // 2) & 255
    elif kind == 4:
        for at, up in enumerate(above):
            left, corner = (line[at - step], above[at - step]) if at >= step else (0, 0)
            line[at] = (line[at] + _nearest(left, up, corner)) & 255
    elif kind != 0:
        raise PictureError("an unknown filter")


def _nearest(left: int, up: int, corner: int) -> int:
    """Return the neighbour that the Paeth predictor chooses."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _pixels(
    rows: list[bytes], color: int, palette: bytes, alpha: bytes
) -> Callable[[int, int], Rgb]:
    def pixel(x: int, y: int) -> Rgb:
        row = rows[y]
        if color == 2:
            return row[3 * x], row[3 * x + 1], row[3 * x + 2]
        if color == 6:
            red, green, blue, cover = row[4 * x : 4 * x + 4]
            return _on_paper((red, green, blue), cover)
        if color == 3:
            index = row[x]
            red, green, blue = palette[3 * index : 3 * index + 3].ljust(3, b"\0")
            return _on_paper((red, green, blue), alpha[index] if index < len(alpha) else 255)
        gray, cover = (row[x], 255) if color == 0 else (row[2 * x], row[2 * x + 1])
        return _on_paper((gray, gray, gray), cover)

    return pixel


def _on_paper(color: Rgb, cover: int) -> Rgb:
    if cover == 255:
        return color
    red, green, blue = ((part * cover + _PAPER * (255 - cover)) // 255 for part in color)
    return red, green, blue


def half_blocks(picture: Picture, columns: int, rows: int) -> list[tuple[tuple[Rgb, Rgb], ...]]:
    """Return the picture in at most `columns` by `rows` cells: upper and lower pixel of each."""
    scale = min(columns / picture.width, 2 * rows / picture.height, 1.0)
    width = max(1, round(picture.width * scale))
    height = max(1, round(picture.height * scale / 2))
    lines = [
        [_average(picture, x, y, width, 2 * height) for x in range(width)]
        for y in range(2 * height)
    ]
    return [
        tuple(zip(upper, lower, strict=True))
        for upper, lower in zip(lines[::2], lines[1::2], strict=True)
    ]


def _average(picture: Picture, x: int, y: int, width: int, height: int) -> Rgb:
    """Return the mean of some pixels of the part that becomes one."""
    spots = [
        picture.pixel(
            min(picture.width - 1, int((x + (i + 0.5) / _SAMPLES) * picture.width / width)),
            min(picture.height - 1, int((y + (j + 0.5) / _SAMPLES) * picture.height / height)),
        )
        for i in range(_SAMPLES)
        for j in range(_SAMPLES)
    ]
    red, green, blue = (sum(part) // len(spots) for part in zip(*spots, strict=True))
    return red, green, blue
