"""Go's int64, told apart from the float64 of a YAML number."""


class Int64(int):
    """An integer that Go holds as int64: one typed by ``--set``, or computed.

    In Helm a number read from YAML or JSON is a float64, while ``--set a=1``
    gives an int64; templates can tell (``typeOf``, ``eq``, ``printf "%d"``).
    In pypkg a plain ``int`` in values came from YAML or JSON; this type marks
    the other kind. Everywhere else it is an ordinary integer.
    """

    __slots__ = ()
