-- Rank the related trials of some trials again, and keep the ranking.
-- Reads: due_trials, raw.ranked_terms, raw.trial_terms. Writes: due_terms, raw.kept_relations.
create or replace temp table due_terms as from raw.ranked_terms semi join due_trials using (nct_id);
delete from raw.kept_relations where nct_id in (select nct_id from due_trials);
insert into raw.kept_relations by name from raw.rank_related('due_terms', null) order by nct_id, rank;
