"""What comes from the registry: client, condition sets, plan of a sync, replies on disk, and a sample registry."""
