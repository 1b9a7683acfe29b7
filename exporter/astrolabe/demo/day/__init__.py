"""A day of the shop, compressed: what people do and what fails."""
