"""Small charts of our own, with what the real Helm made of them.

Each file in ``cases/`` holds templates of one area, the values they are given, and
Helm's recorded output or error. ``python -m tests.conformance.record`` asks the real
Helm again and rewrites the files; write only ``template`` (and ``values``, ``files``)
for a new case, and record it.
"""
