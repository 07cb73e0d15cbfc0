"""Start of the Python session driver: `python -I <this folder> <descriptor> <folder>`.

Standard library only, Python 3.8 or newer, whatever interpreter the person chose. Everything the
driver needs is imported before the person's folder gets on sys.path, so that a `random.py` lying
there can break their program but not the driver, and is never run before code was approved.
"""
import sys

if sys.version_info < (3, 8):
    sys.exit("Python 3.8 or newer is needed, this is %d.%d" % sys.version_info[:2])

from _oi_driver import session

session.main(int(sys.argv[1]), sys.argv[2])
