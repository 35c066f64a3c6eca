"""What several commands share: what they are called with, how they read it, and the words of their help."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

EXIT_CODES = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a missing credential, 130 interrupted."
CREDENTIALS = (
    "Credentials come from the environment, never from arguments: BITGET_API_KEY, BITGET_SECRET and BITGET_PASSWORD "
    "(the passphrase of the key)."
)


def about(text: str, *examples: str, credentials: bool = True) -> str:
    """A command's help: what it does, examples, where credentials come from, exit codes."""
    # \b keeps the lines of a paragraph apart.
    shown = "\n".join(f"  bitget-leverage {example}" for example in examples)
    parts = [text, f"\b\nExamples:\n{shown}", CREDENTIALS if credentials else "", EXIT_CODES]
    return "\n\n".join(part for part in parts if part)


# --- how words are read ----------------------------------------------------------------------------------------


class Commands(typer.core.TyperGroup):
    """The commands together, which end with a word when they are interrupted, whichever of them runs.

    Also while the libraries are being loaded, a second in which there is nobody else to answer.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        with _answered("--json" in args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _answered("--json" in ctx.args):
            return super().invoke(ctx)


@contextmanager
def _answered(as_json: bool) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as error:
        # Before Python 3.12 what interrupts the making of a class comes out as a RuntimeError.
        if not isinstance(error, KeyboardInterrupt) and not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        typer.echo(json.dumps({"error": "interrupted"}) if as_json else "Interrupted.", err=not as_json)
        raise typer.Exit(130) from None


class Command(typer.core.TyperCommand):
    """A command whose words may be numbers below zero."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            # With a space before it, it does not read like an option.
            return super().parse_args(ctx, [f" {word}" if _BELOW_ZERO.fullmatch(word) else word for word in args])
        except typer.TyperException as error:
            # What difflib takes for similar (--lever, --file) is none.
            similar, wrong = getattr(error, "possibilities", None) or (), getattr(error, "option_name", "")
            vars(error)["possibilities"] = [option for option in similar if option[:5] == wrong[:5]]
            raise


_BELOW_ZERO = re.compile(r"-\d[\d.]*")


# --- arguments and options -------------------------------------------------------------------------------------

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, and nothing else on standard output.")]
Demo = Annotated[bool, typer.Option("--demo", help="The key is a demo key: use Bitget's demo environment.")]
Url = Annotated[str | None, typer.Option(metavar="URL", help="Another host, such as the emulator's address.")]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LEVERAGE] SYMBOL",
        help="A whole number, then contracts such as BTC/USDT:USDT or BTCUSDT. No LEVERAGE with --long, --short.",
    ),
]
Side = Annotated[
    str | None,
    typer.Option(metavar="long|short|both", help="Which side; needed in isolated hedge mode, harmless elsewhere."),
]
Long = Annotated[str | None, typer.Option(metavar="N", help="The long side's leverage, in the place of LEVERAGE.")]
Short = Annotated[str | None, typer.Option(metavar="N", help="The short side's leverage, in the place of LEVERAGE.")]
MarginMode = Annotated[
    str | None,
    typer.Option(
        metavar="cross|isolated|both",
        help="Classic account: refuse if the contract is in another mode. Unified account: the mode to set for; both "
        "sets isolated, then cross.",
    ),
]
File = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help='Many at once, from TOML or JSON: "BTC/USDT:USDT" = 10, "ETH/USDT:USDT" = { long = 20, short = 5 }, '
        '"SOL/USDT:USDT" = { leverage = 7, side = "long" }.',
    ),
]

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Quirk = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="How to answer what is not known of Bitget (above); may be repeated."),
]
Like = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Answer as the exchange did in this report of learn; --quirk is on top."),
]


# --- lists in helps --------------------------------------------------------------------------------------------

# A test holds it against the emulator's own; to ask that here would load a server before every command.
QUIRKS = """\b
Quirks, the likeliest answer first:
  dialect=2026|2025-03
  unneeded_hold_side=ignored|refused
  leverage_alone_in_hedge=refused|both
  same_leverage=success|refused
  same_margin_mode=success|refused
  cross_figure=figure|null|empty|absent
  capitals=any|required
  unified_hedge=figures|all|all_one_side|documentation
  unified_one_way=plain|refuses_side|wants_side|per_side
  unified_row=last|string|long|number|list|missing|stale
  order_mode=accepted|refused
  close_mode=refused|accepted
  s_products=served|gone"""

# A test holds it against the rules' own.
FILE_KEYS = """\b
Keys of a contract in a file:
  leverage                  a whole number from 1
  long, longLeverage        the long side's, in the place of leverage
  short, shortLeverage      the short side's, in the place of leverage
  side, holdSide            long|short|both; also posSide, positionSide
  marginMode                cross|isolated|both; also margin-mode, margin_mode
  marginCoin                the coin; also margin-coin, margin_coin
  hedged                    true|false: refuse in another position mode
  productType               such as USDT-FUTURES: refuse another
  uta                       true|false: whether the account is unified
  skipUnchanged             true: write only if the figure differs
  verify                    read|reply|false: what success is told by
  fractional                reject|floor: what 3.7 becomes"""
