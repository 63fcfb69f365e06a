"""What the texts of records say, by the rules of the warehouse: interventions, outcomes and mentions."""
