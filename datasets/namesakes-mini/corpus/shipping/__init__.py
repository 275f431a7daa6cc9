"""Addresses, labels and carriers."""

from shipping.client import Client as CarrierClient
from shipping.label import Label, render

__all__ = ["CarrierClient", "Label", "render"]
