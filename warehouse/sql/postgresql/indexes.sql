-- What the ranking of related trials looks up, besides NCT numbers.
create index trial_terms_trial_number on raw.trial_terms (trial_number, term);
create index shared_terms_term on raw.shared_terms (term);
