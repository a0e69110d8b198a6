"""Transfer: all that is stored, as one file, into another space.

Place in the flow: space and artifact store → `exporting` → a file (`parcel`) → `importing` → another space and store.

What depends on the space it comes from stays behind: sessions and what they hold, bells, turns.  Indexes differ
afterwards; of all that is stored only history and outputs live by them, since the order of commits is that of their
indexes.  So keys are written in the order of their old indexes, and never two of these in the same transaction.  What
runs is held by sessions, which cannot be taken along: while an execution runs an export is refused.
"""
