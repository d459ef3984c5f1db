"""What a payment row and a profile may hold: the data contracts of customer-payments."""
