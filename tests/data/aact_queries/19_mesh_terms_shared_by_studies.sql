SELECT mesh_term, mesh_type, COUNT(DISTINCT nct_id) AS studies, string_agg(nct_id, ',' ORDER BY nct_id DESC)
FROM ctgov.browse_conditions
GROUP BY mesh_term, mesh_type
UNION ALL
SELECT mesh_term, mesh_type, COUNT(DISTINCT nct_id), string_agg(nct_id, ',' ORDER BY nct_id DESC)
FROM ctgov.browse_interventions
WHERE mesh_type = 'mesh-list'
GROUP BY mesh_term, mesh_type
ORDER BY studies DESC, mesh_term;
