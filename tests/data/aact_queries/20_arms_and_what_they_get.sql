SELECT g.nct_id, g.title AS arm, g.group_type,
       string_agg(i.name, ' + ' ORDER BY i.id) AS interventions
FROM ctgov.design_groups g
LEFT JOIN ctgov.design_group_interventions gi ON gi.design_group_id = g.id
LEFT JOIN ctgov.interventions i ON i.id = gi.intervention_id
GROUP BY g.id, g.nct_id, g.title, g.group_type
HAVING count(i.id) > 0
ORDER BY g.id;
