"""The shop that lives on the simulated cluster: what is installed, and how its objects look."""
