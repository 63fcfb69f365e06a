WITH docs AS (SELECT nct_id, to_jsonb(s.enrollment) AS n, jsonb_build_object('status', overall_status) AS doc FROM studies s)
SELECT nct_id, doc || '{"checked": true}' || jsonb_build_object('n', n) AS doc FROM docs ORDER BY nct_id;
