"""Rendering: charts and values to manifests, in Jinja2 and Go templates.

The package is also the function ``pypkg.render``, which is
:func:`pypkg.render.renderer.render`: Python sets a package's attribute to each
subpackage that is imported, so a plain function of this name would be replaced by it.
"""

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _CallablePackage(ModuleType):
    def __call__(self, *args: "Any", **named: "Any") -> "Any":
        from pypkg.render.renderer import render  # noqa: PLC0415 - start-up time

        return render(*args, **named)


sys.modules[__name__].__class__ = _CallablePackage
