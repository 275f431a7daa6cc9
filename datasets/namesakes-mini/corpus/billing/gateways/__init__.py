"""Payment gateways, one module for each way to pay."""

from .bank import BankGateway
from .card import CardGateway

__all__ = ["BankGateway", "CardGateway"]
