"""One operation at a time on a release, and what one that died leaves behind."""
