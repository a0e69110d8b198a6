"""Housekeeping: removes what is old or left over, while everything else goes on.

Place in the flow: a manager, from time to time, or ``ditrit gc`` → `turn` (one at a time) → `collector`:

1. **Executions** that have ended and are over the limits of age or number (`executions`).  The record goes first, in a
   transaction that holds it to what was read: an execution that is changed at that moment stays.  Nothing that runs is
   touched: only records of an end are looked at, of an end some minutes ago, and only if no tuple of theirs is left.
2. **What belongs to no execution** (`leavings`): history, counts, reasons of failures and logs whose execution is gone,
   by now or since somebody died half way.  An execution's record is put before anything of it exists, and ids are used
   once.  So it is enough to list first what there is, and then the records: what has none then never will.
3. **Networks and archives that nothing refers to** (`unreferenced`), while the sweep is held (`manager.sweep`): whoever
   uploads or creates an instance at that moment waits, or begins again.

What can happen in between:

====================================================  ================================================================
an archive is uploaded, its model not yet recorded    removed, or kept; the record is refused in the first case, and
                                                      the upload stores the archive once more
the same archive is there and nobody's, and is        the same: whoever looks for it looks after it has asked for the
uploaded as another model                             guard
a network is written, or found, for an instance       the same; each transaction that writes a production has the guard,
                                                      so none is added to a network that was removed half way
an execution is started                               its network is that of an instance, which is there
an instance is deleted, its model replaced            what it referred to is removed now, or next time
a worker stores the log of an operation that was      next time
taken from it (fenced)
this manager dies                                     its session frees turn and sweep; the next one goes on
this manager is frozen for longer than its session    the space refuses all it does; of the artifact store it may remove
                                                      one archive, if the same one was uploaded in between.  The next
                                                      upload of it mends that, and ``ditrit space check`` names it
====================================================  ================================================================
"""
