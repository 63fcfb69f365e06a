SELECT nct_id, json_object_agg(name, length(name) ORDER BY name) AS lengths FROM conditions GROUP BY nct_id ORDER BY nct_id;
