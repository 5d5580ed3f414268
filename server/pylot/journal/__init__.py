"""Level 5: the durable truth about conversations, tasks, events, approvals and grants."""
