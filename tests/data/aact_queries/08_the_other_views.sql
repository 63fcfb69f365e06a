-- A study whose sites have no state has an empty text in all_states, not NULL.
SELECT s.nct_id, b.names AS mesh_conditions, m.names AS mesh_interventions, c.names AS cities, t.names AS states,
       f.names AS facilities, g.names AS group_types, o.names AS outcomes, p.names AS primary_outcomes,
       q.names AS secondary_outcomes, v.names AS officials, a.names AS affiliations
FROM ctgov.studies s
LEFT JOIN ctgov.all_browse_conditions b ON b.nct_id = s.nct_id
LEFT JOIN ctgov.all_browse_interventions m ON m.nct_id = s.nct_id
LEFT JOIN ctgov.all_cities c ON c.nct_id = s.nct_id
LEFT JOIN ctgov.all_states t ON t.nct_id = s.nct_id
LEFT JOIN ctgov.all_facilities f ON f.nct_id = s.nct_id
LEFT JOIN ctgov.all_group_types g ON g.nct_id = s.nct_id
LEFT JOIN ctgov.all_design_outcomes o ON o.nct_id = s.nct_id
LEFT JOIN ctgov.all_primary_outcome_measures p ON p.nct_id = s.nct_id
LEFT JOIN ctgov.all_secondary_outcome_measures q ON q.nct_id = s.nct_id
LEFT JOIN ctgov.all_overall_officials v ON v.nct_id = s.nct_id
LEFT JOIN ctgov.all_overall_official_affiliations a ON a.nct_id = s.nct_id
ORDER BY s.nct_id;
