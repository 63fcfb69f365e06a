"""The news of the condition sets: a feed to subscribe to, and the operator's own command for alerts."""
