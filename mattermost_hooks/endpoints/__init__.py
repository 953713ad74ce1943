"""The one way to write an endpoint of REST API v4: its ids, its body, its answer (CONTRIBUTING.md)."""
