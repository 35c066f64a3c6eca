"""``learn``: asks a demo account what is not established of Bitget, and puts the account back as it was.

``asking``     one request: taken or refused
``tap``        what goes over the wire, for the evidence and the recordings
``accounts``   what an account holds, how it is written, how it is put back; ``classic`` and ``unified``
``questions``  the list of experiments; ``of_classic`` and ``of_unified`` are the experiments themselves
``session``    one run from the first look to the last
``report``     what people and scripts read of it
``cassettes``  what went over the wire, as recordings

To add a question, add an experiment: a generator under ``@experiment`` that yields calls and returns what it found.
Nothing is decided by an exchange's codes or wording, only by what it accepts and by what the account then holds.
"""
