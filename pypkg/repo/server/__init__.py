"""The chart server: charts over HTTP and OCI, from a folder or a bucket.

Its rooms, from the top; each sees those below it, and none beside it::

    serving, workers, worker, upkeep    the processes that run it
    assembly, settings, export          what they run, and how; the same as files
    registry | pages       the registry protocol at ``/v2/``; pages for people
    web                    HTTP: connections, indexes, archives, ChartMuseum's API
    access | events        who may do what; who hears of what was done
    store                  what keeps the charts: bytes, rows, and the way in and out
    names, refusals        which names there may be, and why a request is refused
"""
