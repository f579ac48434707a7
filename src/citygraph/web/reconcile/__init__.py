"""The reconciliation service: names of a table in, things of ours out, by the W3C's Reconciliation API.

Two versions stand side by side, 0.2 at ``/reconcile`` and the draft of 1.0 at ``/reconcile/1.0``; each is a way to
read and to write the same questions.
"""
