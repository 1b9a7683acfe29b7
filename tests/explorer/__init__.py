"""The explorer: its source, and its pages in Chromium over a real Prometheus."""
