"""What is true of leverage on Bitget, as pure functions: standard library only, no clock, no I/O.

``request``   what a caller writes -> a checked :class:`~.request.Ask`
``products``  the six product types, and which one a market belongs to
``account``   an account's modes and figures, read from a raw reply
``plan``      the hold-side table: (modes, wish) -> what the account must hold
``forms``     how a plan goes over the wire, in order of evidence
``orders``    which margin mode an order carries
``replies``   does what is in force match what was asked?
``errors``    the refusals of these rules
"""
