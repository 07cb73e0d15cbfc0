"""`oi-tui sessions`: list, read, search and move kept sessions, for people and for pipes.

Owns the verbs and what they print. What a session is written as is the formats' affair.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.preparation import PreparationError, prepare
from oi_tui.cli.sessions_table import hit_json, hit_line, listing_json, listing_lines
from oi_tui.cli.start import FAILED, OK, USAGE, say
from oi_tui.engine.live import SessionError
from oi_tui.engine.shelf import SessionShelf
from oi_tui.protocol.sessions import ExportFormat, SessionListing
from oi_tui.text.names import file_name
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, trn

_SHOWN = 50  # sessions, or hits, that are printed if nobody says how many
_LAST = "last"


class _MisuseError(Exception):
    """The words make no sense; the text is for the person."""


def run_sessions(arguments: Arguments) -> int:
    """Do what the word after `sessions` says; alone, list them."""
    verb, operands = (arguments.words or ("list",))[0], arguments.words[1:]
    verbs: dict[str, Callable[[SessionShelf, Arguments, tuple[str, ...]], int]] = {
        "list": _list,
        "show": _show,
        "search": _search,
        "export": _export,
        "import": _import,
        "delete": _delete,
        "trash": _trash,
        "restore": _restore,
    }
    try:
        if verb not in verbs:
            raise _MisuseError(tr("sessions has {verbs}.", verbs=", ".join(verbs)))
        shelf = prepare(arguments).opener.shelf
        status = verbs[verb](shelf, arguments, operands)
        sys.stdout.flush()
        return status
    except (_MisuseError, PreparationError) as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return USAGE
    except SessionError as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has left; exit in silence
        return 128 + signal.SIGPIPE


# -- looking --------------------------------------------------------------------------------------
def _list(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    _need(operands, 0, 0, "list")
    found = shelf.sessions(arguments.limit or (None if arguments.json else _SHOWN))
    if arguments.json:
        _print(listing_json(one) for one in found)
    elif not found:
        say(tr("There are no sessions yet."))
    else:
        _print(listing_lines(found))
        if len(found) == _SHOWN and arguments.limit is None:
            say(tr("These are the last {count}; --limit shows more.", count=_SHOWN))
    return OK


def _show(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    from oi_tui.formats.exports import export

    _need(operands, 1, 1, "show ID")
    form = ExportFormat.JSON if arguments.json else ExportFormat.MARKDOWN
    (written,) = export(form, shelf.read(_named(shelf, operands[0])))
    text = written.data.decode("utf-8")
    sys.stdout.write(text if arguments.json else plain(text))
    return OK


def _search(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    words = " ".join(operands)
    if not words.strip():
        raise _MisuseError(tr("What should be found? oi-tui sessions search WORDS"))
    shelf.settle()  # nobody waits at a screen: better late than half
    hits = shelf.search(words, arguments.limit or _SHOWN)
    listings = {one.session_id: one for one in shelf.sessions()}
    if arguments.json:
        _print(hit_json(hit, listings.get(hit.session_id)) for hit in hits)
    else:
        marks = sys.stdout.isatty()
        _print(hit_line(hit, listings.get(hit.session_id), marks=marks) for hit in hits)
    if not hits:
        say(tr("Nothing holds all of: {words}", words=one_line(words)))
    return OK if hits else FAILED


# -- files ----------------------------------------------------------------------------------------
def _export(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    _need(operands, 1, 1, "export ID")
    session_id = _named(shelf, operands[0])
    form = _form(arguments.format, arguments.output)
    if arguments.output == "-":
        return _to_stdout(shelf, session_id, form)
    target = Path(arguments.output or _default_name(shelf, session_id)).expanduser()
    try:
        written = shelf.export(
            session_id,
            target,
            form,
            overwrite=arguments.force,
            exact=_is_exact(arguments.output, form),
        )
    except FileExistsError as error:
        said = tr(
            "{path} is there already. --force replaces it; -o FILE writes to another.",
            path=error.filename,
        )
        say(tr("oi-tui: {problem}", problem=said))
        return FAILED
    except OSError as error:
        problem = error.strerror or str(error)
        say(tr("oi-tui: {path} can't be written: {problem}", path=target, problem=problem))
        return FAILED
    _print(str(path) for path in written)
    return OK


def _to_stdout(shelf: SessionShelf, session_id: str, form: ExportFormat) -> int:
    from oi_tui.formats.exports import export

    files = export(form, shelf.read(session_id))
    if not files:
        raise SessionError(tr("No code of this session ran well: there is no script to write."))
    if len(files) != 1:
        raise _MisuseError(tr("A script export is a file for each language: give --output NAME."))
    data = files[0].data
    if sys.stdout.isatty():
        sys.stdout.write(plain(data.decode("utf-8")))
    else:
        sys.stdout.buffer.write(data)
    return OK


def _import(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    del arguments
    _need(operands, 1, None, "import FILE")
    status = OK
    for name in operands:
        try:
            session_id = shelf.load(Path(name).expanduser())
        except SessionError as problem:
            say(tr("oi-tui: {problem}", problem=str(problem)))
            status = FAILED
        else:
            _print([session_id])
    return status


# -- the trash ------------------------------------------------------------------------------------
def _delete(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    del arguments
    _need(operands, 1, None, "delete ID")
    names = [_named(shelf, name) for name in operands]  # all are known before one is gone
    for name in dict.fromkeys(names):
        shelf.delete(name)
        say(
            tr(
                "{id} is in the trash for thirty days. oi-tui sessions restore {id} takes it back.",
                id=name,
            )
        )
    return OK


def _trash(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    _need(operands, 0, 0, "trash")
    found = shelf.deleted()[: arguments.limit]
    _print(map(listing_json, found) if arguments.json else listing_lines(found))
    if not found and not arguments.json:
        say(tr("The trash is empty."))
    return OK


def _restore(shelf: SessionShelf, arguments: Arguments, operands: tuple[str, ...]) -> int:
    del arguments
    _need(operands, 1, None, "restore ID")
    names = [_found(shelf.deleted(), name, in_trash=True) for name in operands]
    for name in dict.fromkeys(names):
        shelf.restore(name)
        say(tr("{id} is back.", id=name))
    return OK


def _form(word: str, output: str) -> ExportFormat:
    """Return the format that a word means, else the file's ending, else Markdown."""
    from oi_tui.formats.exports import form_of

    by_ending = form_of(output)
    if not word:
        return by_ending or ExportFormat.MARKDOWN
    try:
        form = ExportFormat(word.lower())
    except ValueError:
        known = ", ".join(ExportFormat)
        raise _MisuseError(tr("--format is one of: {known}.", known=known)) from None
    if by_ending not in (None, form):
        raise _MisuseError(
            tr(
                "{name} ends like {other}, and --format says {form}. Leave out --format, or give "
                "the file another ending.",
                name=one_line(output),
                other=by_ending,
                form=form,
            )
        )
    return form


def _is_exact(output: str, form: ExportFormat) -> bool:
    """Whether a name is whole. Scripts are one file a language, unless it names the language."""
    from oi_tui.formats.exports import form_of

    is_script = form is ExportFormat.SCRIPT
    return bool(form_of(output) if is_script else Path(output).suffix)


# -- words ----------------------------------------------------------------------------------------
def _named(shelf: SessionShelf, name: str) -> str:
    """Return the session that a word means: its id, an unambiguous beginning of it, or `last`."""
    return _found(shelf.sessions(), name)


def _found(listings: Sequence[SessionListing], name: str, *, in_trash: bool = False) -> str:
    if name == _LAST:
        if not listings:
            none = tr("The trash is empty.") if in_trash else tr("There are no sessions yet.")
            raise SessionError(none)
        return max(listings, key=lambda one: one.changed).session_id
    matches = [one.session_id for one in listings if one.session_id.startswith(name)]
    if name in matches:
        return name
    if len(matches) == 1:
        return matches[0]
    if not matches or not name:
        shown = repr(one_line(name))
        if in_trash:
            raise SessionError(
                tr(
                    "There is no session {name} in the trash. oi-tui sessions trash lists what is "
                    "there; last is what was deleted last.",
                    name=shown,
                )
            )
        raise SessionError(
            tr(
                "There is no session {name}. oi-tui sessions lists them; last is the newest.",
                name=shown,
            )
        )
    several = ", ".join(matches[:3])
    if more := max(0, len(matches) - 3):
        several += " " + trn("and {count} more", "and {count} more", more)
    raise SessionError(
        tr("{name} could be several sessions: {several}", name=one_line(name), several=several)
    )


def _default_name(shelf: SessionShelf, session_id: str) -> str:
    found = (one.title for one in shelf.sessions() if one.session_id == session_id)
    return file_name(next(found, "")) or session_id


def _need(operands: tuple[str, ...], least: int, most: int | None, usage: str) -> None:
    if len(operands) < least:
        raise _MisuseError(tr("It is written like this: oi-tui sessions {usage}", usage=usage))
    if most is not None and len(operands) > most:
        word = one_line(operands[most])
        raise _MisuseError(tr("sessions {usage} has no use for {word}.", usage=usage, word=word))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
