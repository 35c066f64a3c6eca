"""What Bitget refuses, and the class of ccxt that a caller gets."""

from __future__ import annotations

import ccxt

BOTH = (False, True)
# code, text of the exchange, class, further words of our message, account types
REFUSALS = [
    ("40797", "Exceeded the maximum settable leverage", ccxt.BadRequest, "", BOTH),
    ("43050", "Leverage exceeds the effective range", ccxt.BadRequest, "", BOTH),
    ("45044", "The leverage is not within the suitable range after adjustment", ccxt.BadRequest, "", BOTH),
    ("45045", "Exceeds the maximum possible leverage", ccxt.BadRequest, "", BOTH),
    ("25223", "Exceeds Max. leverage", ccxt.BadRequest, "", BOTH),
    ("400172", "Leverage ratio exceeded the set limit", ccxt.BadRequest, "", BOTH),
    ("40778", "Coin pair BTCUSDT does not support USDC currency as margin", ccxt.BadRequest, "", BOTH),
    ("45025", "The currency pair does not support the currency as a margin", ccxt.BadRequest, "", BOTH),
    ("40893", "The leverage cannot be adjusted", ccxt.InsufficientFunds, "", BOTH),
    ("25228", "insufficient margin!", ccxt.InsufficientFunds, "", BOTH),
    ("40730", "There is currently a commission or planned commission", ccxt.OperationRejected, "", BOTH),
    ("45097", "There is an order or a limit order", ccxt.OperationRejected, "", BOTH),
    ("40880", "This leverage cannot be adjusted", ccxt.OperationRejected, "", BOTH),
    ("40869", "This leverage cannot be adjusted", ccxt.OperationRejected, "", BOTH),
    ("45089", "This leverage cannot be adjusted", ccxt.OperationRejected, "", BOTH),
    ("45117", "Currently holding positions or orders", ccxt.OperationRejected, "", BOTH),
    ("40920", "Position or order exists", ccxt.OperationRejected, "", BOTH),
    ("25107", "There is currently a position, please close the position", ccxt.OperationRejected, "", BOTH),
    ("40731", "This product does not support copy trading", ccxt.OperationRejected, "", BOTH),
    ("40126", "The current account type is not allowed to perform this operation", ccxt.OperationRejected, "", BOTH),
    ("40019", "the data is not exist basemode not supported", ccxt.OperationRejected, "level", (True,)),
    ("25200", "fixedMargin validation error", ccxt.OperationRejected, "does not allow this margin mode", (True,)),
    ("25200", "crossedMargin validation error", ccxt.OperationRejected, "does not allow this margin mode", (True,)),
    ("40034", "Parameter BTCUSDT does not exist", ccxt.BadSymbol, "", BOTH),
    ("40072", "symbol BTCUSDT is Invalid", ccxt.BadSymbol, "", BOTH),
    ("40102", "Symbol does not exist", ccxt.BadSymbol, "", BOTH),
    ("40309", "The symbol has been removed", ccxt.BadSymbol, "", BOTH),
    ("25100", "Trading pair BTCUSDT does not exist", ccxt.BadSymbol, "", BOTH),
    ("40099", "exchange environment is incorrect", ccxt.AuthenticationError, "set_sandbox_mode", BOTH),
    ("40018", "Invalid IP", ccxt.AuthenticationError, "IP", BOTH),
    ("40006", "Invalid ACCESS_KEY", ccxt.AuthenticationError, "key", BOTH),
    ("40037", "Apikey does not exist", ccxt.AuthenticationError, "key", BOTH),
    ("40009", "sign signature error", ccxt.AuthenticationError, "secret", BOTH),
    ("40012", "apikey/password is incorrect", ccxt.AuthenticationError, "passphrase", BOTH),
    ("40014", "Incorrect permissions", ccxt.PermissionDenied, "cpow", (False,)),
    ("40014", "Incorrect permissions", ccxt.PermissionDenied, "uta_mgt", (True,)),
    # the rest is as ccxt has it
    ("40200", "Server upgrade, please try again later", ccxt.OnMaintenance, "", BOTH),
    ("99999", "something new", ccxt.ExchangeError, "", BOTH),
]
