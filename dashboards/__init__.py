"""Grafana dashboards that ask Astrolabe's metrics, as code.

`grafana/` is a thin layer over grafanalib that puts right what grafanalib leaves wrong. `queries/` holds
every PromQL expression that is used more than once, named. `boards/` has one module per dashboard.
`python -m dashboards` writes, checks and publishes the JSON.
"""
