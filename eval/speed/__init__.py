"""How fast engrep is, how much it takes, and how both grow with the code: `engrep eval speed`."""
