SELECT nct_id, jsonb_build_object('p', phase) AS doc INTO TEMP TABLE docs FROM studies;
SELECT doc || jsonb_build_object('x', 1) AS doc FROM docs ORDER BY nct_id;
