"""What is taken for granted about ClinicalTrials.gov, asked of it: `make test-live`."""
