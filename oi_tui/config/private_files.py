"""Folders and files that only their owner can read, made so at creation.

Owns modes, owners, symbolic links and the ways to reach the disk. Knows nothing of what is in the
files. The process's umask is never touched: it would leak into the person's shells.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_SAFE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def ensure_folder(path: Path) -> None:
    """Make `path` a folder of ours that nobody else can enter, with the folders above it.

    Raises:
        OSError: it cannot be made, is a symbolic link, no folder, or belongs to someone else.
    """
    for folder in reversed((path, *path.parents)):
        if not folder.exists():
            refuse_link(folder)
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, FOLDER_MODE)
                os.chmod(folder, FOLDER_MODE)  # a umask may take even our own rights away
    refuse_link(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _SAFE_FLAGS)
    try:
        _claim(descriptor, path, FOLDER_MODE)
    finally:
        os.close(descriptor)


def open_private(path: Path, flags: int) -> int:
    """Open a plain file of ours (made 0600 with `O_CREAT`) and return its descriptor.

    Raises:
        OSError: also for a symbolic link, a pipe or device, and a file of someone else.
    """
    refuse_link(path)
    descriptor = os.open(path, flags | _SAFE_FLAGS, FILE_MODE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Not a plain file", str(path))
        _claim(descriptor, path, FILE_MODE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_private(path: Path, limit: int) -> bytes:
    """Return what is in a private file, at most `limit` bytes of it.

    Raises:
        OSError: as for `open_private`.
    """
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as stream:
        return stream.read(limit)


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` in place of the file: a reader sees the old or the new, never a mixture.

    Raises:
        OSError: nothing was changed.
    """
    refuse_link(path)
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            sync_file(stream.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def sync_file(descriptor: int) -> None:
    """Return once the file's bytes are on the disk itself.

    Raises:
        OSError: they may not be.
    """
    full_sync = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync alone stops at the drive's cache
    if full_sync is not None:
        with contextlib.suppress(OSError):  # file systems without it
            fcntl.fcntl(descriptor, full_sync)
            return
    getattr(os, "fdatasync", os.fsync)(descriptor)


def sync_folder(path: Path) -> None:
    """Return once the folder's list of names is on the disk itself.

    Raises:
        OSError: it may not be.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that cannot sync a folder
            raise
    finally:
        os.close(descriptor)


def refuse_link(path: Path) -> None:
    """Make sure that no symbolic link stands at `path`.

    Raises:
        OSError: one does.
    """
    # O_NOFOLLOW alone would do, but its errors differ between systems and say nothing to a person.
    if path.is_symlink():
        raise OSError(errno.ELOOP, "Refused: it is a symbolic link", str(path))


def _claim(descriptor: int, path: Path, mode: int) -> None:
    state = os.fstat(descriptor)
    if state.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "It belongs to someone else", str(path))
    if stat.S_IMODE(state.st_mode) != mode:
        os.fchmod(descriptor, mode)


@contextlib.contextmanager
def changing(path: Path) -> Iterator[None]:
    """Change a private file while no other program of ours does; its folder is made.

    Raises:
        OSError: there is no place for the lock.
    """
    ensure_folder(path.parent)
    lock = open_private(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
