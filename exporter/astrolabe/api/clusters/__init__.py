"""Several clusters behind one port: what is served of all of them, and each below a path of its own."""
