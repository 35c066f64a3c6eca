"""``learn``: put the open questions about Bitget to a demo account, and leave the account as it was found.

``fields``     endpoints and field names of both account types
``account``    one contract of a demo account: read, write, open and close the smallest position, restore
``questions``  the table of questions; a row is the requests and the classification of what positions showed
``run``        one run: look, ask, restore
``report``     what people and scripts read
``recording``  the HTTP traffic, as evidence and as recordings

A position's leverage is the witness. What an exchange replies, or shows in its settings, is an answer to be recorded.
"""
