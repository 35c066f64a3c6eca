"""``learn``: put the open questions about Bitget to a demo account, and leave the account as it was found."""
