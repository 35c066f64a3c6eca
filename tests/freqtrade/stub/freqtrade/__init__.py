"""What the launcher needs of freqtrade, for environments without it; the real one is used where it is installed."""
