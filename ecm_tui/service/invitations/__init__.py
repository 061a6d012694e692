"""Invitations: what they say, how they leave, and what became of them. The log says which are queued; nothing else."""
