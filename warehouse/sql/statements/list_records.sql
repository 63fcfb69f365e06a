-- Add the records of one part to those that a round compares.
-- Reads: $1 (the number of the part), part_records (nct_id, content_hash, reason, path, raw). Writes: record_lines.
insert into record_lines select $1, * from part_records;
