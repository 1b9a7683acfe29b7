"""What is dangerous or stale: rules as data, and which objects they hold for."""
