"""A thin layer over grafanalib 0.7.1: the same classes, with today's JSON.

grafanalib is dormant; it writes schema version 12, empty thresholds, `All` as a default that is no value,
legacy panel keys, a bar gauge and an alert list of Grafana 6, and no node graph. Each module here corrects
one of its nouns. Nothing in this package knows Astrolabe's metrics.
"""
