"""The closed vocabulary between the engine and every front end.

Ops go in (imperative), events come out (past tense), each event in an `Envelope`. Everything here
is frozen plain data of the standard library: no futures, no exceptions, no classes as values, so
that a stream of events can be saved, replayed and sent to another process.
"""
