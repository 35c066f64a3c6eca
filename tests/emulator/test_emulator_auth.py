"""Checks of private requests, and their order."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest
from emulator_client import CLASSIC, Client

from bitget_leverage_ext.emulator import Emulator

ACCOUNT = "/api/v2/mix/account/account"
SETTINGS = "/api/v3/account/settings"
SET_LEVERAGE = "/api/v2/mix/account/set-leverage"
MESSAGES = {
    "40005": "Invalid ACCESS_TIMESTAMP", "40006": "Invalid ACCESS_KEY", "40008": "Request timestamp expired",
    "40009": "sign signature error", "40012": "apikey/password is incorrect", "40037": "Apikey does not exist",
    "40099": "exchange environment is incorrect",
}  # fmt: skip


def code(response: Any) -> str:
    body = response.json()
    assert set(body) == {"code", "msg", "requestTime", "data"}
    assert isinstance(body["requestTime"], int)
    if body["code"] != "00000":
        assert body["data"] is None
        assert response.status_code == 400
        assert body["msg"] == MESSAGES.get(body["code"], body["msg"])
    return str(body["code"])


# Every row repeats the faults of the rows below it: the code proves which check came first.
ORDER: list[tuple[str, dict[str, str | None], str]] = [
    ("no key", {"ACCESS-KEY": None}, "40006"),
    ("unknown key", {"ACCESS-KEY": "nobody"}, "40037"),
    ("timestamp is no number", {"ACCESS-TIMESTAMP": "yesterday"}, "40005"),
    ("timestamp too old", {"ACCESS-TIMESTAMP": "1600000000000"}, "40008"),
    ("wrong signature", {"ACCESS-SIGN": "AAAA"}, "40009"),
    ("wrong passphrase", {"ACCESS-PASSPHRASE": "wrong"}, "40012"),
    ("demo header on a live key", {"paptrading": "1"}, "40099"),
]


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[name for name, _, _ in ORDER])
def test_refusals_come_in_order(client: Any, place: int) -> None:
    wrong: dict[str, str | None] = {}
    for _, headers, _ in reversed(ORDER[place:]):
        wrong |= headers
    assert code(client.send("GET", ACCOUNT, CLASSIC, headers=wrong)) == ORDER[place][2]
    # the check is there for its own fault alone, too; a changed timestamp breaks the signature as well, but later
    assert code(client.send("GET", ACCOUNT, CLASSIC, headers=ORDER[place][1])) == ORDER[place][2]


@pytest.mark.parametrize("path", [ACCOUNT, SETTINGS])
@pytest.mark.parametrize("is_unified", [False, True])
def test_account_mode_is_checked_before_the_signature(client_of: Any, path: str, is_unified: bool) -> None:
    client = client_of(unified=is_unified)
    fits = is_unified == (path == SETTINGS)
    gate = "40085" if is_unified else "40084"
    assert code(client.send("GET", path, CLASSIC)) == ("00000" if fits else gate)
    assert code(client.send("GET", path, CLASSIC, secret="wrong")) == ("40009" if fits else gate)
    assert code(client.send("GET", path, CLASSIC, headers={"ACCESS-TIMESTAMP": "1"})) == ("40008" if fits else gate)


@pytest.mark.parametrize(
    ("age", "expected"), [(30_000, "00000"), (30_001, "40008"), (-30_000, "00000"), (-30_001, "40008")]
)
def test_timestamp_window(age: int, expected: str) -> None:
    with Emulator(clock=lambda: 1_790_000_000_000) as emulator:
        client = Client(emulator, emulator.account)
        client.now = lambda: 1_790_000_000_000 - age
        response = client.send("GET", ACCOUNT, CLASSIC)
        assert code(response) == expected
        assert response.json()["requestTime"] == 1_790_000_000_000


# https://github.com/ccxt/ccxt/issues/25004, https://github.com/ccxt/ccxt/issues/25588
@pytest.mark.parametrize(
    ("environment", "header", "product", "expected"),
    [
        ("live", None, "USDT", "00000"), ("live", None, "SUSDT", "00000"), ("live", "1", "USDT", "40099"),
        ("live", "1", "SUSDT", "40099"), ("live", "0", "USDT", "00000"), ("demo", None, "USDT", "40099"),
        ("demo", None, "SUSDT", "40099"), ("demo", "1", "USDT", "00000"), ("demo", "1", "SUSDT", "40099"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_environments(
    client_of: Any, environment: str, header: str | None, product: str, expected: str, method: str
) -> None:
    client = client_of(environment=environment)
    symbol = {
        "USDT": CLASSIC,
        "SUSDT": {"symbol": "SBTCSUSDT", "productType": "SUSDT-FUTURES", "marginCoin": "SUSDT"},
    }[product]
    path, more = (ACCOUNT, {}) if method == "GET" else (SET_LEVERAGE, {"leverage": "5"})
    for name in ("paptrading", "PAPTRADING"):
        assert code(client.send(method, path, symbol | more, headers={name: header})) == expected


@pytest.mark.parametrize(
    ("permissions", "authorities", "kind", "rights"),
    [
        (("read", "trade"), ["coor", "cpor", "coow", "cpow"], "read_and_write", ["uta_mgt", "uta_trade"]),
        (("read",), ["coor", "cpor"], "read_only", ["uta_mgt", "uta_trade"]),
        ((), [], "read_only", []),
    ],
)
def test_what_a_key_may_do_can_be_asked(
    client_of: Any, permissions: Any, authorities: list[str], kind: str, rights: list[str]
) -> None:
    """Every key can ask, on the API of its account type."""
    classic, unified = (client_of(unified=each, permissions=permissions) for each in (False, True))
    reply = classic.get("/api/v2/spot/account/info")["data"]
    assert (reply["authorities"], reply["ips"]) == (authorities, "")
    reply = unified.get("/api/v3/account/info")["data"]
    assert (reply["permType"], reply["permissions"], reply["ips"]) == (kind, rights, "")
    assert classic.get("/api/v3/account/info")["code"] == "40084"


@pytest.mark.parametrize("unified", [False, True])
def test_a_lead_trader_changes_nothing(client_of: Any, unified: bool) -> None:
    """A copy-trading account changes neither leverage nor modes: 40731."""
    client = client_of(unified=unified, role="copy")
    calls = {
        "/api/v2/mix/account/set-leverage": CLASSIC | {"leverage": "5"},
        "/api/v2/mix/account/set-margin-mode": CLASSIC | {"marginMode": "isolated"},
        "/api/v2/mix/account/set-position-mode": {"productType": "USDT-FUTURES", "posMode": "one_way_mode"},
        "/api/v3/account/set-leverage": {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "leverage": "5"},
        "/api/v3/account/set-hold-mode": {"holdMode": "one_way_mode"},
    }
    for path, params in calls.items():
        if path.startswith("/api/v3/") == unified:
            assert client.post(path, **params)["code"] == "40731"
    assert client.account.leverages("USDT-FUTURES", "BTCUSDT").cross == 20
    assert client.account.position_mode("USDT-FUTURES") == "hedge_mode"
    assert client.account.margin_mode("USDT-FUTURES", "BTCUSDT") == "crossed"
    with pytest.raises(ValueError, match="'ordinary', 'copy'"):
        client.account.role = "leader"


def test_the_query_is_signed_as_it_reads(client: Any) -> None:
    """A percent-encoded query verifies against its decoded text."""
    stamp = str(client.now())
    text = f"{stamp}GET{ACCOUNT}?marginCoin=USDT&note=币&productType=USDT-FUTURES&symbol=BTCUSDT"
    signature = base64.b64encode(hmac.new(client.account.secret.encode(), text.encode(), hashlib.sha256).digest())
    encoded = ACCOUNT + "?marginCoin=USDT&note=%E5%B8%81&productType=USDT-FUTURES&symbol=BTCUSDT"
    headers = {"ACCESS-SIGN": signature.decode(), "ACCESS-TIMESTAMP": stamp}
    assert code(client.send("GET", encoded, headers=headers)) == "00000"


def test_unknown_and_retired_paths(client: Any) -> None:
    unknown = client.send("GET", "/api/v2/mix/nothing")
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["msg"]) == (
        404,
        "40404",
        "Request URL NOT FOUND",
    )
    retired = client.send("POST", "/api/mix/v1/account/setLeverage")
    assert (retired.status_code, retired.json()["code"]) == (400, "30032")


def test_records_hold_no_secret(client: Any, emulator: Any) -> None:
    client.send("GET", ACCOUNT, CLASSIC)
    client.send("GET", "/api/v2/public/time", signed=False)
    signed, open_call = emulator.requests
    assert signed.key == "account-1"
    assert open_call.key is None
    assert not [name for name in signed.headers if name.startswith("access-")]
    text = repr(emulator.requests) + repr(client.account)
    assert not [
        secret for secret in (client.account.secret, client.account.password, client.account.api_key) if secret in text
    ]


@pytest.mark.parametrize("permissions", [("write",), ("read", "trading"), "read"])
def test_permissions_that_are_none(emulator: Emulator, permissions: Any) -> None:
    with pytest.raises(ValueError, match="'read', 'trade'"):
        emulator.add_account(permissions=permissions)
    with pytest.raises(ValueError, match="'read', 'trade'"):
        emulator.account.permissions = permissions
    assert emulator.account.permissions == ("read", "trade")
