"""The direct backend: kube-green is kept still, and workloads are scaled, through the API server."""
