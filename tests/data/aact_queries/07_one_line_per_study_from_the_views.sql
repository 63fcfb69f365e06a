SELECT s.nct_id, c.names AS conditions, i.names AS interventions, t.names AS intervention_types,
       k.names AS keywords, sp.names AS sponsors, n.names AS countries, x.names AS other_ids
FROM studies s
LEFT JOIN all_conditions c ON c.nct_id = s.nct_id
LEFT JOIN all_interventions i ON i.nct_id = s.nct_id
LEFT JOIN all_intervention_types t ON t.nct_id = s.nct_id
LEFT JOIN all_keywords k ON k.nct_id = s.nct_id
LEFT JOIN all_sponsors sp ON sp.nct_id = s.nct_id
LEFT JOIN all_countries n ON n.nct_id = s.nct_id
LEFT JOIN all_id_information x ON x.nct_id = s.nct_id
ORDER BY s.nct_id;
