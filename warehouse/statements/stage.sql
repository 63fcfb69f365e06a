-- The file's records, as text: what is kept of them, and what the tables are made from, is read from the same bytes.
create or replace temp table staged_documents as
from read_ndjson(
  getvariable('staged_file'),
  columns = {nct_id: 'VARCHAR', content_hash: 'VARCHAR', document: 'JSON'},
  maximum_object_size = getvariable('largest_record')
);
