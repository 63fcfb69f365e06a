SELECT to_jsonb(t) || '{"source": "AACT"}' AS doc FROM (SELECT nct_id, phase FROM studies) t ORDER BY t.nct_id;
