"""The name of the folder that engrep keeps in a root; what only needs to know it loads nothing else."""

OWN_FOLDER = ".engrep"
