SELECT nct_id, jsonb_build_object('id', nct_id, 'phase', phase) || jsonb_build_object('phase', coalesce(phase, 'none')) AS doc
FROM studies ORDER BY nct_id;
