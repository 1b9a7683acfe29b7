"""The Grafana app plugin `astrolabe-graph-app`: the dashboards, and what Grafana needs to install them.

`app/` holds the plugin's static files; the dashboards, the version and the list of contents are added when
it is built. `python -m dashboards.bundle` builds the zip.
"""
