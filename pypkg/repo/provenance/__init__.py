"""Who packed a chart: OpenPGP signatures, in the ``.prov`` files beside archives."""
