"""What keeps the charts: bytes, rows, and the way in and out."""
