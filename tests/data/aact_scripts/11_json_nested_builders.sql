SELECT s.nct_id, jsonb_build_object('sites', coalesce(jsonb_agg(jsonb_build_object('city', f.city, 'country', f.country) ORDER BY f.id)
       FILTER (WHERE f.id IS NOT NULL), '[]')) AS doc
FROM studies s LEFT JOIN facilities f USING (nct_id) GROUP BY s.nct_id ORDER BY s.nct_id;
