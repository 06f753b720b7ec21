"""The customers, their phones, and the page that shows them."""
