"""How the embedding model is made; README.md says in which order."""
