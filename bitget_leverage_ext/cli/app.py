"""The commands of `bitget-leverage` and their help. The modules beside this one do the work, loaded when needed."""

from __future__ import annotations

import platform
from typing import Annotated

import typer

import bitget_leverage_ext

from . import freqtrade as run_freqtrade
from .options import (
    FILE_KEYS,
    Cassettes,
    Command,
    Commands,
    Demo,
    DemoKey,
    File,
    Isolated,
    Json,
    LearnPlan,
    LearnSymbol,
    Like,
    Log,
    Long,
    MarginMode,
    NoOrders,
    OneWay,
    Port,
    Quirk,
    QuirksHelp,
    ReadOnly,
    Report,
    Short,
    Side,
    Symbols,
    UnifiedAccount,
    Url,
    Words,
    about,
)

# No markup in help texts: they are full of brackets.
app = typer.Typer(
    name="bitget-leverage",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=about(
        "Set and inspect leverage on Bitget futures. Start with `tour`, which needs no key; with a key, with `doctor`.",
        "tour", "doctor", "show BTC/USDT:USDT", "plan 10 BTC/USDT:USDT", "set 10 BTC/USDT:USDT",
    ),
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        import ccxt

        own, python = bitget_leverage_ext.__version__, platform.python_version()
        typer.echo(f"bitget-leverage {own} (ccxt {ccxt.__version__}, Python {python})")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the versions of this package, ccxt and Python."
        ),
    ] = False,
) -> None:
    """Take the options before a command."""


@app.command("tour", cls=Command, short_help="Show every request and every refusal; no key needed.", help=about(
    "Show the request for every product type, margin mode, position mode and side, what the account holds afterwards, "
    "and what is refused. All of it is done on an emulator inside this program: no key, no network.",
    "tour", "tour --json", credentials=False,
))  # fmt: skip
def tour(as_json: Json = False) -> None:
    """Do everything on the embedded emulator."""
    from . import output, tour, tour_tables

    with output.guarded(as_json):
        with output.busy("touring the emulator"):
            result = tour.take()
        if as_json:
            output.print_json(result.as_json())
        else:
            tour_tables.show(tour_tables.parts(result), output.console())


@app.command("emulator", cls=QuirksHelp, short_help="Run a fake Bitget on this machine, to try and test.", help=about(
    "Run a fake Bitget on this machine until interrupted, and print how to point ccxt and this command line at it. It "
    "listens on 127.0.0.1 only; its account starts in hedge mode, every contract crossed at 20x.",
    "emulator --port 8080", "emulator --port 8080 --unified", "emulator --port 8080 --isolated",
    "emulator --quirk same_leverage=refused --quirk capitals=required", "emulator --like report.json",
    credentials=False,
))  # fmt: skip
def emulator(
    port: Port = 0,
    unified: UnifiedAccount = False,
    demo_key: DemoKey = False,
    one_way: OneWay = False,
    isolated: Isolated = False,
    read_only: ReadOnly = False,
    quirk: Quirk = None,
    like: Like = None,
    log: Log = False,
    as_json: Json = False,
) -> None:
    """Run the emulator."""
    from bitget_leverage_ext.emulator import Emulator

    from . import connection, output, serving

    with output.guarded(as_json):
        if not 0 <= port <= 65535:
            raise connection.Misuse(f"--port {port} is not a port: give a number from 0 to 65535")
        running = Emulator(serving.quirks_of(quirk or [], like), port=port)
        serving.prepare(running.account, unified, demo_key, one_way, isolated, read_only)
        try:
            serving.serve(running, as_json, log)
        except OSError as error:
            output.failed(f"port {port} cannot be used: {error.strerror}; name another with --port", as_json)


@app.command("set", cls=Command, short_help="Set the leverage of one contract or many.", help=about(
    "Set the leverage of one contract or many, and show what is then in force, read from the account. Ctrl-C finishes "
    "the contracts in progress and begins no others; a second Ctrl-C stops at once. Either way the outcome of each is "
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
    from . import batch_args, client, connection, output, set_command

    with output.guarded(as_json, demo):
        batch = batch_args.parse_batch(words or [], side, long, short, margin_mode, file)
        exchange = connection.connect(demo, url, client.AsyncClient)
        with exchange.run.stoppable():
            raise typer.Exit(set_command.set_leverages(exchange, batch, as_json, demo))


@app.command("plan", cls=Command, short_help="Show what `set` would send, and why; writes nothing.", help=about(
    "Print the first request that `set` with the same arguments would send, and why. Reads the account, writes "
    "nothing.",
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
    from . import batch_args, client, connection, output, plan_command

    with output.guarded(as_json, demo):
        batch = batch_args.parse_batch(words or [], side, long, short, margin_mode, file)
        exchange, reader = connection.connect(demo, url, client.AsyncClient), connection.connect(demo, url)
        with exchange.run.stoppable():
            raise typer.Exit(plan_command.plans(exchange, reader, batch, as_json, demo))


@app.command("show", cls=Command, short_help="Show what the account holds: modes, leverages, limits.", help=about(
    "Show the account's type, and for each contract the margin mode, position mode, leverage of each side, and limits. "
    "Without symbols: the position mode of each product type, and the contracts with an open position (unified "
    "account: those whose leverage was ever set).",
    "show", "show BTC/USDT:USDT ETH/USDT:USDT", "show BTC/USDT:USDT --json",
))  # fmt: skip
def show(symbols: Symbols = None, demo: Demo = False, url: Url = None, as_json: Json = False) -> None:
    """Show what the account holds."""
    from . import connection, output, show_command

    with output.guarded(as_json, demo):
        exchange = connection.connect(demo, url)
        with exchange.run.stoppable():
            raise typer.Exit(show_command.show(exchange, symbols or [], as_json, demo))


@app.command("doctor", cls=Command, short_help="Check key, clock, environment, account; say what to fix.", help=about(
    "Check everything that setting a leverage needs, step by step, and say how to fix what is wrong: credentials, "
    "network, clock, key, signature, passphrase, live or demo environment, account type, permissions, position modes. "
    "Then name the leverage that an order on each SYMBOL (BTC/USDT:USDT if none is named) would open at now. Writes "
    "nothing.",
    "doctor", "doctor --demo", "doctor ETH/USDT:USDT", "doctor --json",
))  # fmt: skip
def doctor(symbols: Symbols = None, demo: Demo = False, url: Url = None, as_json: Json = False) -> None:
    """Check key, clock, environment and account."""
    from . import connection, doctor, output

    with output.guarded(as_json, demo):
        if url is not None:
            connection.checked_url(url)
        with output.busy("asking the exchange"):
            steps = list(doctor.Checkup(demo, url, tuple(symbols or doctor.SYMBOLS)).steps())
        if as_json:
            output.print_json({"steps": [vars(step) for step in steps]})
        else:
            doctor.render(steps, output.console())
        raise typer.Exit(doctor.exit_code(steps))


@app.command("learn", cls=Command, short_help="Answer open questions about Bitget with a demo account.", help=about(
    "Answer open questions about Bitget with a demo key: try each one on one contract, look at the reply, the account "
    "and a position of the smallest size, and restore modes and leverages afterwards, also after an error or Ctrl-C. "
    "Needs about 20 USDT of play money. What a unified account does not report cannot be restored, and is listed.",
    "learn --plan", "learn --demo", "learn --demo --no-orders",
    "learn --demo --report report.json --cassettes cassettes/live",
))  # fmt: skip
def learn(
    demo: Demo = False,
    symbol: LearnSymbol = "BTC/USDT:USDT",
    no_orders: NoOrders = False,
    plan: LearnPlan = False,
    report: Report = None,
    cassettes: Cassettes = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Answer open questions with a demo account."""
    from . import connection, output
    from .learn import command

    with output.guarded(as_json, demo=True):
        if plan:
            command.plan(as_json, not no_orders)
            return
        if not demo:
            raise connection.Misuse(
                "learn places orders and changes modes: it needs a demo key (play money) and --demo"
            )
        exchange = connection.connect(True, url)
        raise typer.Exit(command.learn(exchange, symbol, as_json, url, report, cassettes, not no_orders))


@app.command(
    "freqtrade",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run freqtrade with this package's bitget.",
    help="Run freqtrade with this package's bitget; all arguments after it are freqtrade's own.",
)
def freqtrade(context: typer.Context) -> None:
    """Run freqtrade with this package's bitget."""
    raise typer.Exit(run_freqtrade(context.args))
