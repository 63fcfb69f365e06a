"""The client of ClinicalTrials.gov: one request with its limits and retries, and the meaning of each answer."""
