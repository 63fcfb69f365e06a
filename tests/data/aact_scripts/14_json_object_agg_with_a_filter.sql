SELECT json_object_agg(name, nct_id ORDER BY name DESC) FILTER (WHERE name ILIKE '%liver%') AS liver,
       json_object_agg(name, nct_id) FILTER (WHERE false) AS none FROM conditions;
