"""Language models, chat and the coding workflow."""
