"""Say which class it is, and how sure you are."""
