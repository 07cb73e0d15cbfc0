"""Models: one port, and what stands behind it. Knows nothing of shells, approvals or screens."""
