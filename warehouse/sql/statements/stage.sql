-- Read the record lines of some replies: the records, and those that are set aside with their reason.
-- Reads: the files in $staged_files, $longest_line. Writes: record_lines.
create or replace temp table record_lines as
from read_ndjson(
  getvariable('staged_files'),
  columns = {
    nct_id: 'varchar',
    content_hash: 'varchar',
    reason: 'varchar',
    path: 'varchar',
    raw: 'varchar',
    unknown_keys: 'struct(path varchar, occurrences bigint)[]',
    marred_texts: 'struct(path varchar, text varchar)[]',
    document: 'json'
  },
  maximum_object_size = getvariable('longest_line')
);
