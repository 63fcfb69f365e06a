"""Rules as data: what the words of a record say about it, for one disease or several."""
