SELECT nct_id, name, jsonb_object_agg(name, id) OVER (PARTITION BY nct_id) AS all_names FROM keywords ORDER BY nct_id, id;
