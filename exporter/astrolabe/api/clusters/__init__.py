"""Several clusters behind one port: common paths for all clusters, and a separate path for each."""
