"""What Kubernetes objects mean: one module per kind or small family, from decoded object to facts."""
