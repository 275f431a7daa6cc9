"""Thin bridges to agent frameworks; each module loads its framework when its function is called, and nothing phones home."""
