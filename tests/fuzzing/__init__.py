"""The parts of the sequence fuzzer, ``fuzz``.

``cases``   what a sequence is made of
``draw``    one, from a seed
``world``   the account and the wire that it is played on
``play``    plays it, and shortens one that went wrong
``asked``   what a call asks for
``story``   what happened, and what was meant
``oracle``  what must be true
"""
