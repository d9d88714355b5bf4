"""What is recorded of each revision, as Helm records it."""
