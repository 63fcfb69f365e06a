"""The command line, `aclf`."""
