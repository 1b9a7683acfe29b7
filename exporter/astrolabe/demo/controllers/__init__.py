"""What plays the control plane and the kubelets of the simulated cluster, as far as objects show it."""
