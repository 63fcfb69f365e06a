-- What the ranking of related trials looks up, besides NCT numbers.
create index trial_terms_trial_number on raw.trial_terms (trial_number, term);
create index shared_terms_term on raw.shared_terms (term);
-- The members are counted for each ranking, and the rows of main.trials are long.
create index trials_in_condition_set on main.trials (nct_id) where in_condition_set;
