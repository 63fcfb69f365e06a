"""What comes from the registry: the client, condition sets, the plan of a sync, replies on disk, a sample registry."""
