#!/bin/sh
# Make a virtual environment and install the locked packages and this project into it.
# Uses uv when it is there (quick), otherwise venv and pip. Needs Python 3.11 or newer.
set -eu
venv=$1
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null 2>&1; then
  echo "oi-tui needs Python 3.11 or newer, and '$python' is not on the PATH." >&2
  echo "Install it, or name another one: make setup PYTHON=/path/to/python3.12" >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "oi-tui needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1)." >&2
  echo "Name another one: make setup PYTHON=/path/to/python3.12" >&2
  exit 1
fi

if command -v uv >/dev/null 2>&1; then
  [ -x "$venv/bin/python" ] || uv venv --quiet --python "$("$python" -c 'import sys; print(sys.executable)')" "$venv"
  uv pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements/dev.lock
  uv pip install --quiet --python "$venv/bin/python" --no-deps --require-hashes -r requirements/toy.lock
  uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
else
  [ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || {
    echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2
    exit 1
  }
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/toy.lock
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
fi
