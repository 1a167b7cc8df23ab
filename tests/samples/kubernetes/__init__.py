"""The manifests of `samples/fleet/kubernetes`: read strictly, and started as local processes."""
