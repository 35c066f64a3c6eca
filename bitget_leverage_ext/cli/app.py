"""The commands of ``bitget-leverage``, and their help; what they do is in the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

import bitget_leverage_ext

from . import freqtrade as hand_over
from .words import (
    FILE_KEYS,
    QUIRKS,
    Command,
    Commands,
    Demo,
    File,
    Json,
    Like,
    Long,
    MarginMode,
    Port,
    Quirk,
    Short,
    Side,
    Url,
    Words,
    about,
)

# No markup in help texts: they are full of brackets.
app = typer.Typer(
    name="bitget-leverage",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=about(
        "Set and inspect leverage on Bitget futures. Begin with `tour`, which needs no key; with a key, with `doctor`.",
        "tour", "doctor", "show BTC/USDT:USDT", "plan 10 BTC/USDT:USDT", "set 10 BTC/USDT:USDT",
    ),
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bitget-leverage {bitget_leverage_ext.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and leave.")
    ] = False,
) -> None:
    """What stands before a command."""


@app.command("tour", cls=Command, short_help="What goes over the wire, and what is refused; no key.", help=about(
    "Show what goes over the wire for every product type, margin mode, position mode and side, what the account then "
    "holds, and what is refused: all of it done on an emulator inside this program. No key, no network.",
    "tour", "tour --json", credentials=False,
))  # fmt: skip
def tour(as_json: Json = False) -> None:
    """The whole matrix on the embedded emulator."""
    from . import output, tour, tour_tables

    def run() -> None:
        with output.busy("touring the emulator"):
            taken = tour.take()
        if as_json:
            output.print_json(taken.as_json())
        else:
            tour_tables.show(tour_tables.parts(taken), output.console())

    output.guarded(run, as_json)()


@app.command("emulator", cls=Command, short_help="Run a Bitget on this machine, for trying and testing.", help=about(
    "Run a Bitget on this machine until interrupted, and print how to point ccxt and this command line at it. It "
    f"listens on 127.0.0.1 only; its account starts in hedge mode, every contract crossed at 20x.\n\n{QUIRKS}",
    "emulator --port 8080", "emulator --port 8080 --unified", "emulator --port 8080 --isolated",
    "emulator --quirk same_leverage=refused --quirk capitals=required", "emulator --like report.json",
    credentials=False,
))  # fmt: skip
def emulator(
    port: Port = 0,
    unified: Annotated[bool, typer.Option("--unified", help="A unified account instead of a classic one.")] = False,
    demo_key: Annotated[bool, typer.Option("--demo-key", help="A demo key: needs --demo and sandbox mode.")] = False,
    one_way: Annotated[bool, typer.Option("--one-way", help="One-way mode instead of hedge mode.")] = False,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Isolated margin in every contract; with hedge mode a figure a side.")
    ] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="A key without the permission to write.")] = False,
    quirk: Quirk = None,
    like: Like = None,
    log: Annotated[bool, typer.Option("--log", help="Print each request that arrives, on standard error.")] = False,
    as_json: Json = False,
) -> None:
    """A Bitget on loopback."""
    from bitget_leverage_ext.emulator import Emulator

    from . import output, serving

    def run() -> None:
        running = Emulator(serving.quirks_of(quirk or [], like), port=port)
        serving.prepare(running.account, unified, demo_key, one_way, isolated, read_only)
        try:
            serving.serve(running, as_json, log)
        except OSError as error:
            output.failed(f"port {port} cannot be used: {error.strerror}; name another with --port", as_json)

    output.guarded(run, as_json)()


def _run(demo: bool, url: str | None, act: Callable[[Any], int]) -> None:
    """*act* with an exchange object that Ctrl-C stops between two contracts; leaves with the exit code."""
    from . import connection

    exchange = connection.connect(demo, url)
    with exchange.watch.stoppable():
        raise typer.Exit(act(exchange))


@app.command("set", cls=Command, short_help="Set the leverage of one contract or many.", help=about(
    "Set the leverage of one contract or many, and show what is then in force, read from the account. Ctrl-C lets the "
    "contract under way finish and begins no other; a second one stops at once. Either way the outcome of each is "
    f"shown: set, failed, not reached, or unknown.\n\n{FILE_KEYS}",
    "set 10 BTC/USDT:USDT", "set 10 BTC/USDT:USDT ETH/USDT:USDT --side both", "set --long 20 --short 5 BTC/USDT:USDT",
    "set --file leverages.toml", "set 10 BTC/USDT:USDT --demo",
))  # fmt: skip
def set_(
    words: Words = None,
    side: Side = None,
    long: Long = None,
    short: Short = None,
    margin_mode: MarginMode = None,
    file: File = None,
    demo: Demo = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Set leverages."""
    from . import orders, output, setting

    def run() -> None:
        wanted = orders.orders(words or [], side, long, short, margin_mode, file)
        _run(demo, url, lambda exchange: setting.set_leverages(exchange, wanted, as_json, demo))

    output.guarded(run, as_json, demo)()


@app.command("plan", cls=Command, short_help="What `set` would send, and why; writes nothing.", help=about(
    "Print the request that `set` with the same arguments would send, and why it is that one. Reads the account, "
    "writes nothing.",
    "plan 10 BTC/USDT:USDT", "plan --long 20 --short 5 BTC/USDT:USDT", "plan --file leverages.toml --json",
))  # fmt: skip
def plan(
    words: Words = None,
    side: Side = None,
    long: Long = None,
    short: Short = None,
    margin_mode: MarginMode = None,
    file: File = None,
    demo: Demo = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show what set would send."""
    from . import orders, output, planning

    def run() -> None:
        wanted = orders.orders(words or [], side, long, short, margin_mode, file)
        _run(demo, url, lambda exchange: planning.plans(exchange, wanted, as_json, demo))

    output.guarded(run, as_json, demo)()


@app.command("show", cls=Command, short_help="What the account holds: modes, leverages, limits.", help=about(
    "Show the account's type, and of each contract the margin mode, position mode, leverage a side and limits. "
    "Without symbols: the position mode of each product type, and the contracts with an open position (unified "
    "account: those whose leverage was ever set).",
    "show", "show BTC/USDT:USDT ETH/USDT:USDT", "show BTC/USDT:USDT --json",
))  # fmt: skip
def show(
    symbols: Annotated[list[str] | None, typer.Argument(metavar="[SYMBOL]...", help="Contracts.")] = None,
    demo: Demo = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show what the account holds."""
    from . import output, showing

    def run() -> None:
        _run(demo, url, lambda exchange: showing.show(exchange, symbols or [], as_json, demo))

    output.guarded(run, as_json, demo)()


@app.command("doctor", cls=Command, short_help="Check key, clock, environment, account; say what to mend.", help=about(
    "Check everything that setting a leverage needs, step by step, and say how to mend what is wrong: credentials, "
    "network, clock, key, signature, passphrase, live or demo environment, account type, permissions, position modes. "
    "Writes nothing.",
    "doctor", "doctor --demo", "doctor --json",
))  # fmt: skip
def doctor(demo: Demo = False, url: Url = None, as_json: Json = False) -> None:
    """Check key, clock, environment and account."""
    from . import connection, doctor, output

    def run() -> None:
        if url is not None:
            connection.checked_url(url)
        with output.busy("asking the exchange"):
            steps = list(doctor.Checkup(demo, url).steps())
        if as_json:
            output.print_json({"steps": [vars(step) for step in steps]})
        else:
            doctor.render(steps, output.console())
        raise typer.Exit(doctor.exit_code(steps))

    output.guarded(run, as_json, demo)()


@app.command("learn", cls=Command, short_help="Ask a demo account what is not known; put it back.", help=about(
    "Find out, with a demo key, what is not established of Bitget: ask each question on one contract, look at the "
    "reply and at the account, and put modes and leverages back as they were, also after an error or Ctrl-C. Places no "
    "order, takes less than a minute. What a unified account does not tell cannot be put back, and is named.",
    "learn --plan", "learn --demo", "learn --demo --report report.json --cassettes cassettes/live",
))  # fmt: skip
def learn(
    demo: Demo = False,
    symbol: Annotated[str, typer.Option(help="The contract to ask about; it must have no position and no orders.")] = (
        "BTC/USDT:USDT"
    ),
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be asked and sent; send nothing.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the JSON there too; `emulator --like FILE` answers by it."),
    ] = None,
    cassettes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write what went over the wire there, as recordings.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Ask a demo account."""
    from . import connection, output
    from .learn import command

    def run() -> None:
        if plan:
            command.plan(as_json)
            return
        if not demo:
            raise connection.Misuse("learn changes leverages and modes: it wants a demo key (play money), and --demo")
        exchange = connection.connect(True, url)
        raise typer.Exit(command.learn(exchange, symbol, as_json, url, report, cassettes))

    output.guarded(run, as_json, demo=True)()


@app.command(
    "freqtrade",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run freqtrade with this package's bitget.",
    help="Run freqtrade with this package's bitget; every word after it is freqtrade's own.",
)
def freqtrade(context: typer.Context) -> None:
    """Run freqtrade with this package's bitget."""
    raise typer.Exit(hand_over(context.args))
