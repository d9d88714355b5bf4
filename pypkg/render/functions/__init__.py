"""The function catalogue that both template engines share."""
