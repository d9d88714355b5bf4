"""Where charts are shared: repositories and registries.

Its rooms: ``transport`` (HTTP as a client), ``provenance`` (signatures), ``oci``
(registries) and ``server`` (the chart server). The modules beside them are about
repositories: what they hold, and how it is found, fetched and kept.
"""
