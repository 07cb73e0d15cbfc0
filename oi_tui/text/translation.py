"""The one door through which every string goes that a person reads.

Messages are written in English in the code and looked up in gettext catalogs shipped under
`locale/`; values are filled in after the look-up, so translators may move them.
"""

from __future__ import annotations

import gettext
from pathlib import Path

_CATALOGS = Path(__file__).with_name("locale")
_active: gettext.NullTranslations = gettext.NullTranslations()


def use_language(name: str) -> None:
    """Speak `name` (such as `zh_TW`) from now on; empty: what the environment asks for.

    A language without a catalog falls back to English.
    """
    global _active
    languages = [name] if name else None
    _active = gettext.translation("oi_tui", str(_CATALOGS), languages, fallback=True)


def tr(message: str, **values: object) -> str:
    """Return `message` in the person's language, `{name}` fields filled in."""
    translated = _active.gettext(message)
    return translated.format(**values) if values else translated


def trn(one: str, many: str, count: int, **values: object) -> str:
    """Return `one` or `many` as the language wants for `count`; `{count}` is filled in."""
    return _active.ngettext(one, many, count).format(count=count, **values)
