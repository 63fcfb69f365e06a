"""Ask ClinicalTrials.gov: one request with its limits, its retries, and what each answer means."""
