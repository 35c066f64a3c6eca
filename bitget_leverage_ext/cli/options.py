"""Arguments, options and help texts that several commands share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
import typer.core

EXIT_CODES = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a missing credential, 130 interrupted."
CREDENTIALS = (
    "Credentials come from the environment, never from arguments: BITGET_API_KEY, BITGET_SECRET and BITGET_PASSWORD "
    "(the passphrase of the key)."
)


def about(text: str, *examples: str, credentials: bool = True) -> str:
    """Return a command's help: what it does, examples, where credentials come from, exit codes."""
    # \b keeps the lines of a paragraph apart.
    shown = "\n".join(f"  bitget-leverage {example}" for example in examples)
    parts = [text, f"\b\nExamples:\n{shown}", CREDENTIALS if credentials else "", EXIT_CODES]
    return "\n\n".join(part for part in parts if part)


# --- parsing ---------------------------------------------------------------------------------------------------


class Commands(typer.core.TyperGroup):
    """All commands; an interruption ends each of them with a word and exit code 130.

    This includes the second in which the libraries are loaded.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        with _interruptible("--json" in args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _interruptible("--json" in ctx.args):
            return super().invoke(ctx)


@contextmanager
def _interruptible(as_json: bool) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as error:
        # Before Python 3.12 an interruption while a class is made comes out as a RuntimeError.
        if not isinstance(error, KeyboardInterrupt) and not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        typer.echo(json.dumps({"error": "interrupted"}) if as_json else "Interrupted.", err=not as_json)
        raise typer.Exit(130) from None


class Command(typer.core.TyperCommand):
    """A command that takes negative numbers as arguments, and whose help shows no Python types."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for parameter in self.params:
            if parameter.param_type_name == "argument":
                vars(parameter)["display_type_rich"] = lambda ctx: None  # typer 0.28 and later add "<list[str]>"

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the metavar of each argument as it is written, without typer's own brackets and dots."""
        arguments = [each.metavar for each in self.params if each.param_type_name == "argument"]
        return [self.options_metavar or "", *map(str, arguments)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            # With a space before it, a negative number is not taken for an option.
            return super().parse_args(ctx, [f" {word}" if _NEGATIVE.fullmatch(word) else word for word in args])
        except Exception as error:
            # typer suggests options that only look similar (--file for --lever).
            similar, wrong = getattr(error, "possibilities", None), getattr(error, "option_name", "")
            if similar:
                vars(error)["possibilities"] = [option for option in similar if option[:5] == wrong[:5]]
            raise


class QuirksHelp(Command):
    """A command whose help ends with the emulator's quirks; the emulator is imported for that help only."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from bitget_leverage_ext.emulator import Quirks

        formatter.write("\nQuirks (open questions about Bitget), the likeliest answer first:\n")
        for name, answers in get_type_hints(Quirks).items():
            formatter.write(f"  {name}={'|'.join(get_args(answers))}\n")


_NEGATIVE = re.compile(r"-\d[\d.]*")


# --- arguments and options -------------------------------------------------------------------------------------


def _flag(name: str, help: str) -> Any:
    return typer.Option(name, help=help)


Json = Annotated[bool, _flag("--json", "Print JSON for scripts, and nothing else on standard output.")]
Demo = Annotated[bool, _flag("--demo", "The key is a demo key: use Bitget's demo environment.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Another host, such as the emulator's address.")]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LEVERAGE SYMBOL...",
        help="A whole number, then one or more contracts such as BTC/USDT:USDT or BTCUSDT. Leave LEVERAGE out with "
        "--long and --short, and both out with --file.",
    ),
]
Symbols = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SYMBOL]...", help="Contracts such as BTC/USDT:USDT or BTCUSDT."),
]
Side = Annotated[
    str | None,
    typer.Option(
        "--side",
        metavar="long|short|both",
        autocompletion=lambda: ["long", "short", "both"],
        help="Which side; required in isolated hedge mode, ignored in other modes.",
    ),
]
Long = Annotated[str | None, typer.Option("--long", metavar="N", help="The long side's leverage, instead of LEVERAGE.")]
Short = Annotated[
    str | None, typer.Option("--short", metavar="N", help="The short side's leverage, instead of LEVERAGE.")
]
MarginMode = Annotated[
    str | None,
    typer.Option(
        "--margin-mode",
        metavar="cross|isolated|both",
        autocompletion=lambda: ["cross", "isolated", "both"],
        help="Classic account: refuse if the contract is in the other mode. Unified account: set the leverage of this "
        "mode; both sets isolated, then cross.",
    ),
]
File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="PATH",
        help='Many at once, from a .toml or .json file: "BTC/USDT:USDT" = 10, "ETH/USDT:USDT" = { long = 20, short = '
        '5 }, "SOL/USDT:USDT" = { leverage = 7, side = "long" }.',
    ),
]

Port = Annotated[int, typer.Option("--port", metavar="N", show_default=False, help="The port; without it, a free one.")]
Quirk = Annotated[
    list[str] | None,
    typer.Option(
        "--quirk", metavar="NAME=VALUE", help="Answer an open question this way (list below); can be repeated."
    ),
]
Like = Annotated[
    Path | None,
    typer.Option(
        "--like", metavar="FILE", help="Answer like the exchange in this report of `learn`; --quirk overrides it."
    ),
]

UnifiedAccount = Annotated[bool, _flag("--unified", "A unified account instead of a classic one.")]
DemoKey = Annotated[bool, _flag("--demo-key", "A demo key: needs --demo and sandbox mode.")]
OneWay = Annotated[bool, _flag("--one-way", "One-way mode instead of hedge mode.")]
Isolated = Annotated[bool, _flag("--isolated", "Isolated margin; in hedge mode each side has its own leverage.")]
ReadOnly = Annotated[bool, _flag("--read-only", "A key without the permission to write.")]
Log = Annotated[bool, _flag("--log", "Print each request on standard error.")]

LearnSymbol = Annotated[
    str,
    typer.Option("--symbol", metavar="SYMBOL", help="The contract to try; it must have no position and no orders."),
]
NoOrders = Annotated[bool, _flag("--no-orders", "Place no order; what needs a position stays unknown.")]
LearnPlan = Annotated[bool, _flag("--plan", "Show the questions and requests; send nothing.")]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write the JSON there too; `emulator --like FILE` answers like it."),
]
Cassettes = Annotated[
    Path | None, typer.Option("--cassettes", metavar="DIR", help="Write requests and replies there, as recordings.")
]


# --- lists in helps --------------------------------------------------------------------------------------------

# A test compares it with the rules' own.
FILE_KEYS = """\b
Keys of a contract in a file:
  leverage                  a whole number from 1
  long, longLeverage        the long side's leverage, instead of leverage
  short, shortLeverage      the short side's leverage, instead of leverage
  side, holdSide            long|short|both; also posSide, positionSide
  marginMode                cross|isolated|both; also margin-mode, margin_mode
  marginCoin                the coin; also margin-coin, margin_coin
  hedged                    true|false: refuse in the other position mode
  productType               such as USDT-FUTURES: refuse any other
  uta                       true|false: whether the account is unified
  skipUnchanged             true: write only if the leverage differs
  verify                    read|reply|false: how success is confirmed
  fractional                reject|floor: floor makes 3.7 a 3"""
