"""The viewer: a local page over `Memory`, for people who want to see what the machine knows, and to correct it."""
