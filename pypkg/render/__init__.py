"""From a chart and values to manifests, through either template engine."""
