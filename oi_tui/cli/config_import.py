"""`oi-tui config import [FILE]`: settings of Open Interpreter taken over, each one told.

Owns the report and the questions: a key goes to the key store, and auto-run is switched on, only
after the person said yes in a terminal. The old file is never changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.preparation import info_text
from oi_tui.cli.start import FAILED, OK, USAGE, say
from oi_tui.config.files import is_yaml, parse_toml, read_text
from oi_tui.config.importing import ImportLine, ImportPlan, old_files, plan_import
from oi_tui.config.keys import KeySource, KeyStore, known_host
from oi_tui.config.old_settings import Fate
from oi_tui.config.places import places
from oi_tui.config.writing import set_values
from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr, trn

Ask = Callable[[str], bool]


def import_settings(arguments: Arguments, target: Path, ask: Ask | None = None) -> int:
    """Take a file over into `target`; print what became of each line.

    Raises:
        ConfigError: the file, or the one to be written, cannot be used.
    """
    ask = ask or _ask
    sources = _sources(arguments.words[1:])
    if not sources:
        say(tr("No settings of Open Interpreter were found. Name the file after import."))
        return FAILED
    source, *others = sources
    if is_yaml(target):
        say(tr("oi-tui: {path} is of Open Interpreter itself; write to a .toml file.", path=target))
        return USAGE
    try:
        plan = plan_import(source, _there(target), replaces=arguments.force)
    except FileNotFoundError:
        say(tr("oi-tui: there is no file {path}", path=source))
        return USAGE
    plan = _without_unwanted_auto_run(plan, ask)
    kept = _keep_key(plan, ask)
    try:
        if plan.values:
            set_values(target, dict(plan.values), plan.notes)
    except OSError as error:
        say(tr("oi-tui: nothing was written: {error}", error=error))
        return FAILED
    _report(plan, target, kept, others)
    return OK


def _sources(named: Sequence[str]) -> list[Path]:
    if named:
        return [Path(named[0]).expanduser().absolute()]
    return list(old_files(places()))


def _there(target: Path) -> dict[str, object]:
    try:
        return parse_toml(target, read_text(target))
    except FileNotFoundError:
        return {}


def _without_unwanted_auto_run(plan: ImportPlan, ask: Ask) -> ImportPlan:
    """Nothing runs unasked because of a file: the person says so now, or it stays off."""
    if not plan.values.get("auto_run"):
        return plan
    if ask(tr("auto_run is on there: code would run WITHOUT ASKING. Take that over?")):
        return plan
    values = {name: value for name, value in plan.values.items() if name != "auto_run"}
    words = tr("you are asked before code runs; -y switches that off for one start")
    lines = [
        replace(line, fate=Fate.LEFT_OUT, words=words) if line.key == "auto_run" else line
        for line in plan.lines
    ]
    return replace(plan, values=values, lines=tuple(lines))


def _keep_key(plan: ImportPlan, ask: Ask) -> str:
    """Put the key of the file where keys belong, if the person wants it; return what was done."""
    if not plan.api_key:
        return tr("it has no value")
    from oi_tui.models.base import ModelError
    from oi_tui.models.endpoints import owner_of_key

    try:
        owner = owner_of_key(plan.model, plan.api_base)
    except ModelError as error:
        return tr("it is not kept: {problem}", problem=info_text(error.info))
    host = known_host(owner) or (owner if plan.api_base else "")
    if not host:
        return tr("it is not kept: the host of {name} is not known here", name=owner)
    if not ask(tr("There is a key for {owner}. Keep it for {host}?", owner=owner, host=host)):
        return tr("it is not kept; oi-tui asks for one when it needs it")
    where = places()
    try:
        source = KeyStore(where.keys_file).save(owner, plan.api_key, host)
    except OSError as error:
        return tr("it could not be kept: {error}", error=error)
    place = where.keys_file if source is KeySource.FILE else tr("the keyring")
    return tr("it is kept in {place}, for {host} only", place=place, host=host)


def _report(plan: ImportPlan, target: Path, kept: str, others: Sequence[Path]) -> None:
    lines = [tr("Read: {path}", path=plan.source)]
    width = max((len(line.key) for line in plan.lines), default=0)
    lines += [_told(line, width, kept) for line in plan.lines]
    count = len(plan.values)
    if count:
        lines.append(
            trn(
                "{count} setting written to {path}",
                "{count} settings written to {path}",
                count,
                path=target,
            )
        )
    else:
        lines.append(tr("Nothing had to be written to {path}", path=target))
    if plan.source == places().old_settings_file:
        lines.append(
            tr("{path} still counts where config.toml says nothing: remove it.", path=plan.source)
        )
    lines += [tr("There is also {path}", path=other) for other in others]
    sys.stdout.write(plain("\n".join(lines)) + "\n")


def _told(line: ImportLine, width: int, kept: str) -> str:
    what = {
        Fate.TAKEN: tr("taken over"),
        Fate.RENAMED: tr("renamed"),
        Fate.KEY: tr("a key"),
        Fate.LEFT_OUT: tr("left out"),
        Fate.UNKNOWN: tr("left out"),
    }[line.fate]
    words = kept if line.fate is Fate.KEY else line.words
    return f"  {line.line or '':>4}  {line.key:{width}}  {what:10}  {words}"


def _ask(question: str) -> bool:
    """Ask in the terminal; without one, the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(plain(f"{question} [y/N] "))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
