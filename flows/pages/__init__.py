"""The pages that people read: a trial's summary page and the report of the condition set."""
