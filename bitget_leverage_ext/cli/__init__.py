"""The command line `bitget-leverage`; its libraries are installed by the extra `cli`.

``app``          the commands and their help, with ``options``
``connection``   credentials from the environment; ``client``: the exchange objects
``batch_args``   the arguments and files of ``set`` and ``plan``
``set_command``, ``plan_command``, ``show_command``, ``doctor``
``messages``     error texts in the command line's words; ``output``: tables, JSON, exit codes
``tour``         every request and refusal, done on the embedded emulator, with ``tour_tables``
``serving``      the emulator as a command
``learn``        open questions about Bitget, asked of a demo account
``pictures``     the README's pictures of the output
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence

# Checked before anything else, so that a missing one is a clear message.
_LIBRARIES = ("typer", "rich", *(("tomli",) if sys.version_info < (3, 11) else ()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    :param argv: the arguments; those of the process by default
    :returns int: the exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted before it was done
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["freqtrade"]:
        # Before our own parser: every argument after it is freqtrade's, options, --help and -- included.
        return freqtrade(words[1:])
    try:
        return _run(words)
    except KeyboardInterrupt:
        # Before a command was running.
        print("Interrupted.", file=sys.stderr)
        return 130


def _run(words: list[str]) -> int:
    try:
        for library in _LIBRARIES:
            importlib.import_module(library)
    except ModuleNotFoundError as missing:
        print(
            f"bitget-leverage needs {missing.name}, which the extra 'cli' installs:\n"
            "    pip install '.[cli]'    # in a clone of the package's repository",
            file=sys.stderr,
        )
        return 2
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show becomes a question mark, not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    from .app import app

    try:
        app(args=words, prog_name="bitget-leverage")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0


def freqtrade(words: list[str]) -> int:
    """Run freqtrade with *words* as its arguments, with ccxt's ``bitget`` replaced."""
    from bitget_leverage_ext import freqtrade as runner

    return int(runner.main(words))
