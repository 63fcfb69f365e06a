-- Return records as they were before the run: of each trial the newest version, of at most $2 trials.
-- Reads: archive.study_versions, $1 (the run), $2. Writes: nothing.
with earlier as (
  select nct_id, max(version) as version
  from archive.study_versions
  where run_id <> $1 and document is not null
  group by nct_id
  order by hash(nct_id)
  limit $2
)
select document from archive.study_versions semi join earlier using (nct_id, version)
