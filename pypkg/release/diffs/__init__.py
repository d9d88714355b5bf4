"""What a revision would change, or has changed."""
