"""Operations that are saved as they were shown, and carried out later."""
