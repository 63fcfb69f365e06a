"""Make hostile input, give it to the code that reads input, and check what comes of it."""
