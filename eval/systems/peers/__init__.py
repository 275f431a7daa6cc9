"""Programs that stand between engrep's evaluation and other systems; each runs in that system's own environment."""
