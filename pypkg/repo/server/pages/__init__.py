"""The pages for people: what a server's repositories hold, in a browser."""
