"""The controllers of a cluster, played in one process and in a fixed order.

Each does to the objects what its Kubernetes counterpart does; the pods' containers
alone are imagined. A controller reads the state, writes what differs, and may ask
to be called again later: nothing is remembered that the objects do not say.
"""
