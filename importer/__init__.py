"""customer-payments: each payment of a bank or spreadsheet export, once, in Business Central."""

__version__ = "0.1.0"
