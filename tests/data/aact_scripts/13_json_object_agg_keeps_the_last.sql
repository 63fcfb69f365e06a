SELECT jsonb_object_agg(nct_id, name ORDER BY id) AS last_names FROM conditions;
