"""The rules of leverage on Bitget as pure functions: no I/O, no clock, the standard library only.

``arguments``    what a caller writes, checked and parsed
``contracts``    contracts, and the six product types
``modes``        margin mode, position mode, hold side, and the leverages that an account holds
``change``       the hold-side table: what the account must hold for what was requested
``formats``      the decision table of request formats, in the order of their evidence
``matching``     the decision table of a reply against what was asked for
``order_modes``  the shape of an order, and the margin mode that it carries
``refusals``     the refusals of these rules

The life of one call::

    exchange.set_leverage(…)                 sync.py, async_support.py: thin
      run_sync / run_async                   _runner.py: carries out the steps that the flow awaits
        set_leverage                         set_leverage.py
          parse_args                         rules/arguments.py: refuse what needs no exchange
          resolve_contract                   markets.py
          _Call.run                          takes the contract's lock, knows the account type
            SetLeverage.run
              _resolve_modes                 from the state, else one read        api/
              _resolve_change                the hold-side table                  rules/change.py
              _write                         formats, one after the other         rules/formats.py, api/base.py
              _verify                        the reply, else the account          rules/matching.py
          _record_asked                      what was asked for                   requested.py

Glossary:

account type     classic (``/api/v2/mix``) or unified (``/api/v3``)
change           what the account must hold afterwards: ``LeverageChange``; its *scope* is a row of the hold-side table
expected modes   the modes that a caller names; a contradiction is an error
format           which fields a set-leverage request has
reading          a snapshot of the account, with the raw answer it was read from
record           what a program asked for, and what was acknowledged, for one contract: ``requested.py``
slot             one margin mode and hold side of a contract
snapshot         the modes and leverages that a reply or a read shows
state            what is remembered of an account between calls: ``state.py``
"""
