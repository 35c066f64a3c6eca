"""Random programs: `steps` draws one, `play` runs it, `model` says what it has asked for, `oracle` judges each step."""
