-- Create the temporary table of the records that a round compares with the archive.
-- Reads: nothing. Writes: record_lines.
create or replace temp table record_lines (
  part integer, nct_id varchar, content_hash varchar, reason varchar, path varchar, raw varchar
);
