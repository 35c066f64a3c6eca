"""What is true of leverage on Bitget, as pure functions: standard library only, no clock, no I/O.

``request``   what a caller writes -> a checked :class:`~.request.Ask`
``products``  the six product types, and which one a market belongs to
``account``   an account's modes and figures, read from a raw reply
``plan``      the hold-side table: (modes, wish) -> the fields to send
``replies``   does what is in force match what was asked?
``errors``    the refusals of these rules
"""
