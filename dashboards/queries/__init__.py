"""Every PromQL expression that more than one panel uses, or that needs explaining, by name.

Everything here is text for Prometheus with Grafana's variables in it. Each expression survives two exporters
being scraped at once (a rolling update, two replicas): what is joined is grouped first, so that the
right-hand side of a join never holds the same thing twice.
"""
