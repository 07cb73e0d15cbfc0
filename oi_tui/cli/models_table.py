"""Lines about models: columns for people, one JSON object a line for programs.

Pure. Wide characters take two columns; foreign text is made harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from oi_tui.models.choices import DownloadChoice, Fetching, FileChoice, Fit
from oi_tui.models.local.sizes import size_in_words, time_in_words
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_BAR = 20  # columns of the progress line's bar


def file_lines(files: Sequence[FileChoice]) -> Iterator[str]:
    """Yield a table of what is here: name, size, whether it fits, what it is, who keeps it."""
    rows = [
        (
            one_line(one.model, 200),
            size_in_words(one.size),
            fit_in_words(one.fit) if not one.problem else tr("unusable"),
            one.details,
            one.source,
        )
        for one in files
    ]
    yield from _table(rows, right=1)


def offer_lines(offers: Sequence[DownloadChoice]) -> Iterator[str]:
    """Yield a table of what could be fetched; below each, what it is for and how fast."""
    rows = [
        (
            one.model.partition("/")[2],
            size_in_words(one.size),
            one.license,
            tr("recommended") if one.is_recommended else "",
        )
        for one in offers
    ]
    for one, line in zip(offers, _table(rows, right=1), strict=True):
        yield line
        yield "    " + "; ".join(part for part in (one.about, one.speed) if part)


def as_json(choice: FileChoice | DownloadChoice, **more: object) -> str:
    """Return a choice as a JSON object."""
    return json.dumps({**asdict(choice), **more}, default=str)


def fit_in_words(fit: Fit) -> str:
    """Say whether a model fits this machine."""
    match fit:
        case Fit.GPU:
            return tr("fits the GPU")
        case Fit.MEMORY:
            return tr("fits")
        case Fit.TIGHT:
            return tr("tight")
        case Fit.NO:
            return tr("too large")
        case Fit.UNKNOWN:
            return tr("unknown")


def progress(now: Fetching) -> str:
    """Return one line that says how far a download is."""
    size = max(now.size, 1)
    part = min(now.fetched / size, 1.0)
    bar = "#" * int(part * _BAR)
    words = tr("{part}% of {size}", part=f"{int(part * 100):3}", size=size_in_words(now.size))
    line = f"[{bar:<{_BAR}}] {words}"
    if now.step:
        return f"{line}  {one_line(now.step)}"
    if now.speed > 0:
        left = time_in_words(int((now.size - now.fetched) / now.speed))
        line += "  " + tr("{speed}/s, {left} left", speed=size_in_words(int(now.speed)), left=left)
    return line


def _table(rows: Sequence[tuple[str, ...]], right: int) -> Iterator[str]:
    """Yield rows with columns of one width; the numbers of column `right` end together."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for index, (text, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - cell_len(text))
            cells.append(space + text if index == right else text + space)
        yield "  ".join(cells).rstrip()
