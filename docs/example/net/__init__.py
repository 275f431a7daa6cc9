"""Sockets: sending requests and sending them again."""
