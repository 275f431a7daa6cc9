"""What is measured: engrep with anything switched off, plain baselines, other programs."""
