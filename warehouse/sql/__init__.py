"""The SQL files of the warehouse."""
