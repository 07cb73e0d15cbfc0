"""A file that is being fetched: its beginning on the disk, its lock, its hash, its final name.

A file gets its name only when all of it is there and its hash is right. Knows no hub.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from oi_tui.models.base import ModelError
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

SUFFIX = ".part"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_BLOCK = 1 << 20
_MARK_LENGTH = 16
_TRIES, _LOOK = 5, 0.01  # to lock a file, with seconds between: `is_busy` holds it for a moment


class PartFile:
    """The beginning of one file. Use it in a `with`: only one program at a time may have it."""

    def __init__(self, target: Path, mark: str) -> None:
        """`mark`: what tells this content from another version of the file, such as its hash.

        What is left of another version has another name, and is never gone on with.
        """
        self.target = target
        self.path = target.with_name(f"{target.name}.{mark[:_MARK_LENGTH]}{SUFFIX}")
        self.size = 0  # bytes that are there and in the hash
        self._hash = hashlib.sha256()
        self._descriptor = -1

    def __enter__(self) -> PartFile:
        make_folder(self.target.parent)
        self._descriptor = _locked(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if not os.fstat(self._descriptor).st_size and _is_still(self._descriptor, self.path):
                self.path.unlink()  # nothing came
        finally:
            os.close(self._descriptor)

    def read_up(self, tell: Callable[[int], None]) -> None:
        """Take what an earlier attempt left into the hash; `tell` hears the bytes of each step."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while block := os.read(self._descriptor, _BLOCK):
            self._hash.update(block)
            self.size += len(block)
            tell(len(block))

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._hash.update(data)
        self.size += len(data)

    def restart(self) -> None:
        """Forget what is there."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._hash, self.size = hashlib.sha256(), 0

    def finish(self, sha256: str) -> bool:
        """Give the file its name if its hash is right; empty: the hub told none.

        Otherwise nobody can tell which of its bytes is wrong, and it is deleted.
        """
        if sha256 and self._hash.hexdigest() != sha256:
            self.path.unlink()
            return False
        os.fsync(self._descriptor)
        os.replace(self.path, self.target)
        with contextlib.suppress(OSError):  # some file systems cannot, and the file is there
            _sync_folder(self.target.parent)
        return True

    def drop_others(self) -> None:
        """Delete what is left of other versions of this file, unless a program works on it."""
        for path in self.target.parent.iterdir():
            name = path.name
            if path == self.path or not name.endswith(SUFFIX):
                continue
            mark = name.removeprefix(f"{self.target.name}.").removesuffix(SUFFIX)
            if name != f"{self.target.name}.{mark}{SUFFIX}" or not mark.isalnum():
                continue
            with contextlib.suppress(OSError, ModelError):
                delete(path)


def delete(path: Path) -> None:
    """Delete the beginning of a file.

    Raises:
        ModelError: it is being fetched.
        OSError: it cannot be deleted.
    """
    descriptor = _locked(path)
    try:
        path.unlink()
    finally:
        os.close(descriptor)


def is_busy(path: Path) -> bool:
    """Return whether a program is fetching into this file now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for its owner only.

    Raises:
        OSError: it cannot be made.
    """
    for place in reversed((folder, *folder.parents)):
        if not place.exists():
            with contextlib.suppress(FileExistsError):
                place.mkdir(_FOLDER_MODE)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def _locked(path: Path) -> int:
    """Open a file that no other program has open.

    Raises:
        ModelError: another one has.
        OSError: it is no plain file, or cannot be opened.
    """
    while True:
        descriptor = os.open(path, _FLAGS, _FILE_MODE)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, tr("not a plain file"), str(path))
            if not _lock(descriptor):
                raise _busy(path)
            # Between opening and locking, another program may have finished and renamed it.
            if _is_still(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock a file; return False if another program keeps it locked, and does not just look."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOOK)
        else:
            return True
    return False


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _busy(path: Path) -> ModelError:
    title = tr("Another oi-tui is fetching this model.")
    hint = tr("Wait until it is done, or stop it there; what came is kept.")
    return ModelError(ErrorInfo(ErrorKind.STORE, title, one_line(str(path), 200), hint))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
