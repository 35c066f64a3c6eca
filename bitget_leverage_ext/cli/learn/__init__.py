"""``learn``: put the open questions about Bitget to a demo account, and leave the account as it was found.

A position's leverage is the witness. What the exchange replies, or shows in its settings, is an answer to be recorded.
"""
