"""HTTP as a client: sessions, retries, downloads, TLS, and what URLs may show."""
