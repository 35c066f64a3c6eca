"""The command line ``bitget-leverage``; its libraries are the extra ``cli``.

``app``         the commands and their help
``words``       what they are called with, and how it is read
``connection``  credentials from the environment, and the exchange object
``output``      tables for people, JSON for scripts, errors that say how to mend them
``tour``        what goes over the wire, done on the embedded emulator, and ``tour_tables``
``serving``     the emulator as a command
``watch``       what that object may ask, and when it stops
``orders``      the arguments of ``set`` and ``plan``
``setting``, ``planning``, ``showing``, ``doctor``
``learn``       what is not known of Bitget, asked of a demo account
``pictures``    the README's pictures of the output
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence

# What the extra brings. The commands import them where they use them, which would be too late for a clear word.
_LIBRARIES = ("typer", "rich", *(("tomli",) if sys.version_info < (3, 11) else ()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    :returns int: the exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted before it was done
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["freqtrade"]:
        # Before any parser of ours: every word after it is freqtrade's, options, --help and -- included.
        return freqtrade(words[1:])
    try:
        return _run(words)
    except KeyboardInterrupt:
        # Before the commands could answer it.
        print("Interrupted.", file=sys.stderr)
        return 130


def _run(words: list[str]) -> int:
    try:
        for library in _LIBRARIES:
            importlib.import_module(library)
    except ModuleNotFoundError as missing:
        print(
            f"bitget-leverage needs {missing.name}, which the extra 'cli' brings:\n"
            "    pip install '.[cli]'    # in a clone of the package's repository",
            file=sys.stderr,
        )
        return 2
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no arrow shows a question mark rather than an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    from .app import app

    try:
        app(args=words, prog_name="bitget-leverage")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0


def freqtrade(words: list[str]) -> int:
    """Hand *words* on to freqtrade, with ccxt's ``bitget`` replaced."""
    from bitget_leverage_ext import freqtrade as runner

    return int(runner.main(words))
