SELECT nct_id, 'provided' AS kind, document_type, split_part(url, '/', -1) AS file, to_char(document_date, 'Mon YYYY') AS of
FROM ctgov.provided_documents
WHERE has_protocol OR has_icf
UNION ALL
SELECT nct_id, 'shared', document_type, document_id, NULL FROM ctgov.documents
UNION ALL
SELECT nct_id, 'link', description, regexp_replace(url, '^https?://([^/]+).*$', '\1'), NULL FROM ctgov.links
ORDER BY nct_id, kind, file, document_type;
