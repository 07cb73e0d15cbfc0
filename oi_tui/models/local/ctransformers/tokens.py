"""Text to tokens and back, past the package's own way: that one writes beyond its buffer.

The package sizes the buffer in characters, though a token can be a single byte; its library's
search also recurses once a character. So the buffer is sized in bytes here, and text goes in
pieces. Special tokens, which the library does not know, are found here.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from oi_tui.models.local.ctransformers.messages import MARK
from oi_tui.models.local.gguf import GgufHeader, Value

_CONTROL, _USER_DEFINED = 3, 4
_PIECE = 1000  # characters
_LONGEST = 4000  # the library's search for pairs overflows its stack at some ten thousand
_SEAM = re.compile(r"(?<=\S) (?=\S)")
_PIECES_KEPT = 2000  # whose tokens are remembered: a conversation is read again at each turn
# Texts of tokens that end an answer, beside the one that the header names.
_ENDS = ("<|im_end|>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "<end_of_turn>", "</s>")


class Library(Protocol):
    """What is needed of a loaded model."""

    @property
    def eos_token_id(self) -> int:
        """The token that ends an answer."""
        ...

    @property
    def bos_token_id(self) -> int:
        """The token that a prompt begins with."""
        ...

    @property
    def ctransformers_llm_tokenize(self) -> Callable[[bytes, bool, Any], int]:
        """Write the tokens of a text into a buffer of C integers; return their count."""
        ...

    @property
    def ctransformers_llm_detokenize(self) -> Callable[[int], bytes | None]:
        """Return the text of a token."""
        ...


class Tokenizer:
    """The vocabulary of one loaded file. Not for more than one thread at a time."""

    def __init__(self, header: GgufHeader, library: Library) -> None:
        self._library = library
        self._texts = _list(header, "tokenizer.ggml.tokens")
        self._is_pairs = header.text("tokenizer.ggml.model") == "gpt2"
        types = _list(header, "tokenizer.ggml.token_type")
        self._special = {
            text.decode("utf-8", "replace"): number
            for number, (text, kind) in enumerate(zip(self._texts, types, strict=False))
            if kind in (_CONTROL, _USER_DEFINED) and isinstance(text, bytes) and text
        }
        longest_first = sorted(self._special, key=len, reverse=True)
        self._split = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")
        begin = header.metadata.get("tokenizer.ggml.bos_token_id")
        self._begin = begin if isinstance(begin, int) else library.bos_token_id
        adds = header.metadata.get("tokenizer.ggml.add_bos_token")
        self._adds_begin = adds if isinstance(adds, bool) else not self._is_pairs
        self.ends = {library.eos_token_id, *(self._special.get(one, -1) for one in _ENDS)} - {-1}
        self._tokens_of_piece = lru_cache(_PIECES_KEPT)(self._ask)

    @property
    def begins_with_space(self) -> bool:
        """Whether a text's first word is written with a space before it, which nobody said."""
        return not self._is_pairs

    @property
    def specials(self) -> list[str]:
        """The texts of the special tokens that are more than a character."""
        return [text for text in self._special if len(text) > 1]

    @property
    def begin_text(self) -> str:
        """The text of the token that a prompt begins with."""
        return self._text_of(self._begin)

    @property
    def end_text(self) -> str:
        """The text of the token that ends an answer."""
        return self._text_of(self._library.eos_token_id)

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a rendered prompt, the one that begins it included."""
        found: list[int] = []
        for part in self._split.split(text) if self._special else [text]:
            special = self._special.get(part)
            if special is not None:
                found.append(special)
            else:
                found += self._ordinary(part.replace(MARK, ""))
        if self._adds_begin and found[:1] != [self._begin]:
            found.insert(0, self._begin)
        return found

    def bytes_of(self, token: int) -> bytes:
        """Return the text of a token; a part of a character may stand at its ends."""
        return self._library.ctransformers_llm_detokenize(token) or b""

    def _ordinary(self, text: str) -> Iterator[int]:
        pieces = _pieces(text, _LONGEST if self._is_pairs else 0)
        for number, piece in enumerate(pieces):
            # For the older vocabularies the library puts a space before what it is given.
            is_doubled = number > 0 and not self._is_pairs
            yield from self._tokens_of_piece(piece.removeprefix(" ") if is_doubled else piece)

    def _ask(self, piece: str) -> tuple[int, ...]:
        data = piece.replace("\0", "\ufffd").encode("utf-8", "replace")
        buffer = (ctypes.c_int * (4 * len(data) + 16))()
        count = self._library.ctransformers_llm_tokenize(data, False, buffer)
        return tuple(buffer[: max(count, 0)])

    def _text_of(self, token: int) -> str:
        text = self._texts[token] if 0 <= token < len(self._texts) else b""
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else ""


def _list(header: GgufHeader, key: str) -> list[Value]:
    value = header.metadata.get(key)
    return value if isinstance(value, list) else []


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Cut a text where no token reaches across: before a single space.

    The same at its beginning however it goes on. `longest`: where to cut in any case; 0: nowhere.
    """
    start = 0
    while len(text) - start > _PIECE:
        most = start + longest if longest else len(text)
        seam = _SEAM.search(text, start + _PIECE, most)
        end = seam.start() if seam is not None else most
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]
