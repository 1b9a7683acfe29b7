module astrolabe.dev/tests/components/argocd

go 1.25.0

// Built in its own folder: its go.mod replaces modules, which counts for a main module alone.
require github.com/argoproj/argo-cd/v3 v3.2.11
