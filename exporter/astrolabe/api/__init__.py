"""HTTP: /metrics, health and the landing page."""
