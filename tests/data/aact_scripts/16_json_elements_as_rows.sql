SELECT jsonb_array_elements(jsonb_agg(name ORDER BY name)) AS name FROM conditions;
