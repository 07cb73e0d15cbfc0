"""Terminal output of several kinds, and what hostile programs write."""

from __future__ import annotations

import random

KINDS = ("plain", "color", "long", "wide", "progress", "redraw", "binary")
_WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "run"]


def output(kind: str, size: int) -> bytes:
    """Return about `size` bytes of one kind, CR LF at row ends as a terminal delivers them."""
    rng, pieces, total, count = random.Random(1), list[bytes](), 0, 0
    while total < size:
        pieces.append(_row(kind, count, rng))
        total += len(pieces[-1])
        count += 1
    return b"".join(pieces)


def _row(kind: str, count: int, rng: random.Random) -> bytes:
    if kind == "plain":
        text = f"line {count}: {' '.join(rng.sample(_WORDS, 9))}\r\n"
    elif kind == "color":
        text = (
            f"\x1b[2m12:{count % 60:02d}\x1b[0m \x1b[32mINFO\x1b[0m \x1b[1;34m{rng.choice(_WORDS)}"
            f"\x1b[0m {' '.join(rng.sample(_WORDS, 5))} \x1b[38;5;208m{count}\x1b[0m\r\n"
        )
    elif kind == "long":
        text = " ".join(rng.sample(_WORDS, 11)) * 5 + "\r\n"
    elif kind == "wide":
        text = f"第{count}行：快速的棕色狐狸跳过懒狗 😀 日本語テキスト 한국어\r\n"
    elif kind == "progress":
        done = count % 101
        bar = f"\r {done:3d}%|{'█' * (done // 3):<34}| {done}/100 [00:{done % 60:02d}<00:10]"
        text = bar + ("\r\n" if done == 100 else "")
    elif kind == "redraw":
        text = "\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K" + "\r\n".join(
            f"\x1b[36mtask {task}\x1b[0m \x1b[38;2;249;38;114m{'━' * (count % 30)}\x1b[0m"
            for task in range(3)
        )
    else:
        return rng.randbytes(200)
    return text.encode()


def hostile() -> list[bytes]:
    """Return sequences that must never reach a person's terminal."""
    strings = [b"]0;title", b"]52;c;aGk=", b"]8;;http://x.invalid", b"]1337;File=:AA", b"]4;1;?"]
    strings += [
        b"P$qm",
        b"P+q544e",
        b"Pq#0~~",
        b"_Gf=100;AA",
        b"^pm",
        b"Xsos",
        b"]133;A",
        b"]777;n",
    ]
    ends = [b"\x07", b"\x1b\\", b"\xc2\x9c", b"", b"\x18", b"\n"]
    found = [b"\x1b" + string + end for string in strings for end in ends]
    found += [b"\xc2" + bytes([code]) + b"31mtext" for code in range(0x80, 0xA0)]
    found += [bytes([code]) + b"text" for code in [*range(32), 127, *range(0x80, 0xA0)]]
    finals = b"ABCDEFGHJKLMPSTXZ@`abcdefghilmnpqrstuvwxyz{|}~"
    found += [b"\x1b[" + mark + b"2;3" + bytes([f]) for mark in (b"", b"?", b">") for f in finals]
    found += [b"\x1b" + bytes([code]) for code in range(0x20, 0x7F)]
    found += [b"\x1b[?%dh" % mode for mode in (1, 7, 9, 47, 1000, 1002, 1006, 1049, 2004, 2026)]
    found += [
        b"\x1b[" + b"9" * 300 + b"m",
        b"\x1b[8mconcealed",
        b"\x1b[5mblinking",
        b"\x1b#8",
        b"\x1b%G",
    ]
    found += [
        "\u202eevil\u2066\u200f\ufeff\u2028\U000e0041".encode(),
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ]
    return found
