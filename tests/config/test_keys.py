"""Keys: where they are found, where they are kept, and where they never show."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oi_tui.config import keyring_door
from oi_tui.config.keyring_door import KeyringDoor
from oi_tui.config.keys import FoundKey, KeySource, KeyStore, take_keys
from oi_tui.config.providers import PROVIDERS, provider_named
from oi_tui.models.providers import PROVIDERS as MODEL_PROVIDERS
from oi_tui.text.redaction import MARK, redactor

KEY = "sk-canary-0123456789abcdef"


class FakeKeyring:
    """A keyring in memory; `works` false: there is none."""

    def __init__(self, works: bool = True) -> None:
        self.works = works
        self.entries: dict[str, str] = {}
        self.reads = 0

    def read(self, name: str) -> str | None:
        self.reads += 1
        return self.entries.get(name)

    def write(self, name: str, value: str) -> bool:
        if self.works:
            self.entries[name] = value
        return self.works

    def delete(self, name: str) -> None:
        self.entries.pop(name, None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "keys.json"


def test_keys_leave_the_environment() -> None:
    environ = {"OPENAI_API_KEY": KEY, "HF_TOKEN": "hf", "PATH": "/bin", "GEMINI_API_KEY": ""}
    taken = take_keys(environ)
    assert environ == {"PATH": "/bin"}
    assert taken == {"OPENAI_API_KEY": KEY, "HF_TOKEN": "hf", "GEMINI_API_KEY": ""}


def test_a_key_of_the_environment_is_bound_to_its_provider(file: Path) -> None:
    store = KeyStore(file, taken={"GOOGLE_API_KEY": KEY, "OPENAI_API_KEY": ""})
    assert store.find("gemini") == (KEY, KeySource.ENVIRONMENT)
    found = store.look_up("gemini")
    assert found
    assert found.host == "generativelanguage.googleapis.com"
    assert store.find("openai") is None
    assert store.find("nobody") is None
    assert store.providers() == ("gemini",)


def test_a_flag_goes_before_the_environment_before_what_was_saved(file: Path) -> None:
    keyring = FakeKeyring()
    KeyStore(file, keyring=keyring).save("openai", "saved-key-1", "api.openai.com")
    taken = {"OPENAI_API_KEY": "taken-key-2"}
    assert KeyStore(file, keyring=keyring).find("openai") == ("saved-key-1", KeySource.KEYRING)
    assert KeyStore(file, taken, keyring=keyring).find("openai") == (
        "taken-key-2",
        KeySource.ENVIRONMENT,
    )
    given = {"openai": "given-key-3"}
    assert KeyStore(file, taken, given, keyring).find("openai") == ("given-key-3", KeySource.FLAG)


def test_a_keyring_keeps_the_key_and_the_file_only_its_host(file: Path) -> None:
    keyring = FakeKeyring()
    store = KeyStore(file, keyring=keyring)
    assert store.save("openai", KEY, "api.openai.com") is KeySource.KEYRING
    assert KEY not in file.read_text()
    assert keyring.entries == {"openai": KEY}
    assert KeyStore(file, keyring=keyring).look_up("openai") == FoundKey(
        KEY, KeySource.KEYRING, "api.openai.com"
    )


def test_without_a_keyring_a_private_file_keeps_it(file: Path) -> None:
    keyring = FakeKeyring(works=False)
    store = KeyStore(file, keyring=keyring)
    assert store.save("openai", KEY, "host:8000") is KeySource.FILE
    store.save("anthropic", "other-key-123", "api.anthropic.com")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    again = KeyStore(file, keyring=keyring)
    assert again.look_up("openai") == FoundKey(KEY, KeySource.FILE, "host:8000")
    assert again.providers() == ("openai", "anthropic")
    again.forget("openai")
    again.forget("openai")
    assert again.find("openai") is None
    assert again.find("anthropic")


def test_the_keyring_is_asked_only_where_a_key_was_saved(file: Path) -> None:
    keyring = FakeKeyring()
    store = KeyStore(file, keyring=keyring)
    store.find("openai")
    store.providers()
    assert keyring.reads == 0


def test_forgetting_removes_the_key_from_the_keyring(file: Path) -> None:
    keyring = FakeKeyring()
    store = KeyStore(file, keyring=keyring)
    store.save("openai", KEY, "h")
    store.forget("openai")
    assert keyring.entries == {}


def test_no_key_is_ever_in_a_repr(file: Path) -> None:
    store = KeyStore(file, {"OPENAI_API_KEY": KEY}, {"groq": KEY}, FakeKeyring(False))
    store.save("mistral", KEY, "h")
    for one in (store, store.look_up("openai"), store.look_up("groq"), store.look_up("mistral")):
        assert "canary" not in repr(one)


def test_every_key_that_becomes_known_is_masked_from_then_on(file: Path) -> None:
    KeyStore(file, {"OPENAI_API_KEY": "taken.canary.1"}, {"groq": "given.canary.2"}, FakeKeyring())
    KeyStore(file, keyring=FakeKeyring(False)).save("openai", "saved.canary.3", "h")
    text = "taken.canary.1 given.canary.2 saved.canary.3"
    assert redactor.redact(text) == " ".join([MARK] * 3)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"openai": 3}', '{"openai":{}}'])
def test_a_damaged_file_means_no_keys_and_is_kept(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    store = KeyStore(file, keyring=FakeKeyring(False))
    assert store.find("openai") is None
    store.save("groq", KEY, "h")
    assert store.find("groq") == (KEY, KeySource.FILE)
    if text in ("", "{", "[]"):
        assert file.with_name("keys.json.damaged").read_text() == text


def test_a_linked_key_file_is_refused(tmp_path: Path, file: Path) -> None:
    file.parent.mkdir()
    victim = tmp_path / "victim"
    victim.write_text(json.dumps({"openai": {"host": "h", "key": KEY}}))
    file.symlink_to(victim)
    store = KeyStore(file, keyring=FakeKeyring(False))
    assert store.find("openai") is None
    with pytest.raises(OSError, match="link"):
        store.save("openai", "another-key", "h")
    assert KEY in victim.read_text()


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = KeyStore(tmp_path / "file" / "keys.json", keyring=FakeKeyring(False))
    with pytest.raises(OSError, match="Not a directory"):
        store.save("openai", KEY, "h")


# -- the real door -----------------------------------------------------------------------------
def test_a_null_keyring_is_no_keyring() -> None:
    door = KeyringDoor()
    assert door.write("openai", KEY) is False
    assert door.read("openai") is None


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A keyring that waits for somebody who never comes."""
    release = threading.Event()
    asked: list[str] = []

    def wait(method: str, *arguments: str) -> str | None:
        asked.append(method)
        release.wait(60)
        return KEY

    monkeypatch.setattr(keyring_door, "PATIENCE", 0.05)
    monkeypatch.setattr(keyring_door, "_backend_call", wait)
    yield asked
    release.set()


def test_a_stuck_keyring_is_given_up_once_and_for_all(stuck: list[str]) -> None:
    door = KeyringDoor()
    assert door.read("openai") is None
    assert door.write("openai", KEY) is False
    assert len(stuck) == 1


# -- the table ---------------------------------------------------------------------------------
def test_the_table_of_providers_is_sound() -> None:
    names = [provider.name for provider in PROVIDERS]
    variables = [name for provider in PROVIDERS for name in provider.variables]
    assert len(set(names)) == len(names)
    assert len(set(variables)) == len(variables)
    for provider in PROVIDERS:
        assert provider_named(provider.name) is provider
        assert provider.label
        assert provider.key_page.startswith("https://")
        assert "/" not in provider.host
        assert all(name == name.upper() for name in provider.variables)


def test_this_environment_holds_no_keys() -> None:
    assert take_keys(dict(os.environ)) == {}


def test_the_variable_that_a_key_is_in_is_named(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys", {"GOOGLE_API_KEY": "k" * 20}, {"xai": "j" * 20})
    assert store.variable_of("gemini") == "GOOGLE_API_KEY"
    assert store.variable_of("xai") == ""
    assert store.variable_of("openai") == ""


def test_every_key_that_a_model_may_ask_for_can_be_found() -> None:
    ours = {name for provider in PROVIDERS for name in provider.variables}
    assert {one.key_name for one in MODEL_PROVIDERS.values() if one.key_name} <= ours


# -- a key in place of one that was refused ----------------------------------------------------
@pytest.mark.parametrize("works", [True, False])
def test_a_key_that_is_entered_counts_at_once_and_after_a_restart(file: Path, works: bool) -> None:
    refused, keyring = "sk-refused-0123456789", FakeKeyring(works)
    store = KeyStore(file, {"OPENAI_API_KEY": refused}, keyring=keyring)
    assert store.find("openai") == (refused, KeySource.ENVIRONMENT)
    store.save("openai", KEY, "api.openai.com")
    found = store.look_up("openai")
    assert found is not None
    assert (found.key, found.host) == (KEY, "api.openai.com")
    assert store.variable_of("openai") == ""
    again = KeyStore(file, {"OPENAI_API_KEY": refused}, keyring=keyring)
    assert again.find("openai") == (KEY, KeySource.KEYRING if works else KeySource.FILE)
    assert refused not in file.read_text()


def test_a_new_key_in_the_environment_counts_again(file: Path) -> None:
    keyring = FakeKeyring()
    KeyStore(file, {"OPENAI_API_KEY": "sk-old-0123456789"}, keyring=keyring).save(
        "openai", KEY, "api.openai.com"
    )
    store = KeyStore(file, {"OPENAI_API_KEY": "sk-new-0123456789"}, keyring=keyring)
    assert store.find("openai") == ("sk-new-0123456789", KeySource.ENVIRONMENT)
    assert store.variable_of("openai") == "OPENAI_API_KEY"


def test_a_key_that_is_entered_replaces_one_from_a_flag(file: Path) -> None:
    store = KeyStore(file, given={"openai": "sk-flag-0123456789"}, keyring=FakeKeyring())
    store.save("openai", KEY, "api.openai.com")
    assert store.find("openai") == (KEY, KeySource.KEYRING)


def test_a_key_that_cannot_be_kept_counts_until_the_end_and_for_its_host_only(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    store = KeyStore(tmp_path / "file" / "keys.json", keyring=FakeKeyring(works=False))
    with pytest.raises(OSError, match="file"):
        store.save("openai", KEY, "api.openai.com")
    assert store.look_up("openai") == FoundKey(KEY, KeySource.ENTERED, "api.openai.com")
    assert "openai" in store.providers()


_SAVE_MANY = """
import sys
from pathlib import Path
from oi_tui.config.keys import KeyStore

class Nowhere:
    def read(self, name): return None
    def write(self, name, value): return False
    def delete(self, name): pass

for number in range(8):
    name = f"{sys.argv[2]}{number}"
    KeyStore(Path(sys.argv[1]), keyring=Nowhere()).save(name, f"sk-{name}", "example.org")
"""


def test_two_windows_that_keep_keys_at_once_lose_none(tmp_path: Path) -> None:
    file = tmp_path / "config" / "keys.json"
    command = [sys.executable, "-c", _SAVE_MANY, str(file)]
    root = Path(__file__).parents[2]
    both = [subprocess.Popen([*command, name], cwd=root) for name in "ab"]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(KeyStore(file, keyring=FakeKeyring()).providers()) == 16
