-- the trials of interest
CREATE TEMP TABLE cohort AS SELECT nct_id, enrollment FROM studies WHERE enrollment > 0;
SELECT count(*), sum(enrollment) / 2 AS half FROM cohort; -- the last statement is the answer
