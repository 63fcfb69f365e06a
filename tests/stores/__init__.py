"""A store of every released version, and the script that makes one."""
