"""Starting, stopping, accounts and the log of requests."""

from __future__ import annotations

import ast
import socket
import threading
from pathlib import Path

import pytest
import requests
from emulator_client import Client

import bitget_leverage_ext.emulator
from bitget_leverage_ext.emulator import Emulator


def test_listens_on_loopback_only(emulator: Emulator) -> None:
    assert emulator.url.startswith("http://127.0.0.1:")
    port = int(emulator.url.rsplit(":", 1)[1])
    # all of 127/8 is this machine: were it bound to every address, this one would answer
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_start_and_stop() -> None:
    emulator = Emulator()
    with pytest.raises(RuntimeError, match="not running"):
        emulator.url  # noqa: B018
    emulator.stop()
    url = emulator.start().url
    with pytest.raises(RuntimeError, match="already"):
        emulator.start()
    with requests.Session() as session:
        # an idle connection that is kept alive does not hold up the end
        assert session.get(url + "/api/v2/public/time", timeout=10).status_code == 200
        emulator.stop()
    emulator.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url + "/api/v2/public/time", timeout=10)
    with emulator:
        assert requests.get(emulator.url + "/api/v2/public/time", timeout=10).status_code == 200


def test_a_port_that_is_taken(emulator: Emulator) -> None:
    port = int(emulator.url.rsplit(":", 1)[1])
    second = Emulator(port=port)
    with pytest.raises(OSError, match=str(port)):
        second.start()
    second.stop()
    emulator.stop()
    with second:
        assert second.url.endswith(f":{port}")


def test_requests_in_order(client: Client, emulator: Emulator) -> None:
    client.get("/api/v2/mix/account/account", symbol="BTCUSDT", productType="USDT-FUTURES", marginCoin="USDT")
    client.set_leverage(leverage="5")
    client.set_leverage(leverage="500")
    read, write, refused = emulator.requests
    assert (read.method, read.path, read.body) == ("GET", "/api/v2/mix/account/account", None)
    assert read.query == {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
    assert write.body == {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT", "leverage": "5"}
    assert (write.status, write.code, refused.status, refused.code) == (200, "00000", 400, "40797")
    assert write.headers["content-type"] == "application/json"
    assert emulator.writes == [write, refused]
    emulator.clear()
    assert emulator.requests == emulator.writes == []


def test_many_threads(emulator: Emulator) -> None:
    def work(number: int) -> None:
        account = emulator.add_account()
        client = Client(emulator, account)
        for leverage in range(1, 11):
            assert client.set_leverage(leverage=str(leverage))["data"]["longLeverage"] == str(leverage)
            account.set_leverages("USDT-FUTURES", "ETHUSDT", cross=leverage)
        done.append(number)

    done: list[int] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(6))
    assert len(emulator.writes) == 60
    assert len({each.key for each in emulator.writes}) == 6


def test_two_accounts_cannot_have_one_key(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="api_key"):
        emulator.add_account(api_key=emulator.account.api_key)


def test_config_names_every_address(emulator: Emulator) -> None:
    other = emulator.add_account(api_key="k", secret="s", password="p")
    config = emulator.config(other, enableRateLimit=False)
    assert (config["apiKey"], config["secret"], config["password"], config["enableRateLimit"]) == ("k", "s", "p", False)
    assert set(config["urls"]["api"].values()) == {emulator.url}
    assert len(config["urls"]["api"]) == 12


def test_shares_nothing_with_the_package() -> None:
    folder = Path(bitget_leverage_ext.emulator.__file__).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, file
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            else:
                continue
            assert not [name for name in names if name.split(".")[0] in ("bitget_leverage_ext", "ccxt", "freqtrade")], (
                file
            )
