module astrolabe.dev/tests/components/thanos

go 1.26.0

// Built in its own folder, by its own go.mod.
require github.com/thanos-io/thanos v0.42.4
