"""The lines of eligibility criteria, and the limits that they state."""
