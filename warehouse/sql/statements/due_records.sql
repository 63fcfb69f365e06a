-- Return the records of the due versions, between the positions $1 and $2 of the archive.
-- Reads: due_versions, $1, $2, archive.study_versions. Writes: nothing.
select document
from archive.study_versions
semi join due_versions using (nct_id, version)
where rowid between $1 and $2
