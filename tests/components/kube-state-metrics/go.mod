module astrolabe.dev/tests/components/kube-state-metrics

go 1.26.0

// Built in its own folder, by its own go.mod.
require k8s.io/kube-state-metrics/v2 v2.20.0
