"""The rules of leverage on Bitget as pure functions: no I/O, no clock, no imports but the standard library.

One exception: the table of formats takes the names of Bitget's fields from ``api/fields.py``.

``arguments``    what a caller writes, checked and parsed
``contracts``    contracts, and the six product types
``modes``        margin mode, position mode, hold side, and the leverages that an account holds
``change``       the hold-side table: what the account must hold for what was requested
``formats``      the decision table of request formats, in the order of their evidence
``matching``     the decision table of a reply against what was asked for
``order_modes``  the shape of an order, and the margin mode that it carries
``refusals``     the refusals of these rules

The life of two calls::

    exchange.set_leverage(…)            sync.py, async_support.py, pro.py: thin
      run_sync, run_async               _runner.py: carries out the steps that the flow awaits
        set_leverage                    set_leverage.py: the flow
          parse_args                    refuses what needs no exchange             rules/arguments.py
          resolve_contract              loads the markets                          markets.py
          _Call.run                     takes the lock, knows the account type     _retry.py, account_type.py
            SetLeverage.run
              _resolve_modes            from the state, else one read              state.py, api/
              _resolve_change           the hold-side table                        rules/change.py
              _write                    one format after the other                 rules/formats.py
                send                    again after a 429 or a fault               api/base.py, _retry.py
              _verify                   the reply, else the account                rules/matching.py
          record_call                   what was asked for                         requested.py

    exchange.create_order(…)            ccxt makes and sends the request
      create_order                      orders.py: the flow
        _OrderCall.run                  the contract, the account type             markets.py, account_type.py
          _classify                     the shape of the order                     api/
          _ClassifiedOrders.run         its margin mode; an exit goes out at once  rules/order_modes.py
            EnsureLeverage.run          sets a leverage that is missing            ensure_leverage.py
            _send, _record              what the order opens or closes             requested.py

Glossary:

account type     classic (``/api/v2/mix``) or unified (``/api/v3``)
acknowledged     confirmed by the exchange's reply to our own write
change           what the account must hold afterwards: ``LeverageChange``; its *scope* is a row of the hold-side table
deadline         the seconds for one whole call
expected modes   the modes that a caller names; a contradiction is an error
format           which fields a set-leverage request has
hold side        long or short: the side of a position, not of an order
reading          a snapshot of the account, with the raw answer it was read from
record           what a program asked for, and what was acknowledged, for one contract: ``requested.py``
slot             one margin mode and hold side of a contract
snapshot         the modes and leverages that a reply or a read shows
state            what is remembered of an account between calls: ``state.py``
"""
