"""Inspection: whether what is stored can be true.

Place in the flow: ``ditrit space check`` → all entries of the space, read at one moment → `picture` (what they are) →
`records`, `memories`, `history`, `artifacts` (how they fit together) → findings.  Nothing here writes.
"""
