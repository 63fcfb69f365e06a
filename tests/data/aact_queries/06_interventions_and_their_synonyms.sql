-- ILIKE ANY of an array's literal; an array of names without its NULLs.
SELECT i.nct_id, i.intervention_type, i.name,
       array_to_string(array_agg(n.name ORDER BY n.name), '; ') AS synonyms,
       count(n.id) AS number_of_synonyms
FROM ctgov.interventions i
LEFT JOIN ctgov.intervention_other_names n ON n.intervention_id = i.id
WHERE i.name ILIKE ANY ('{%ALBUMIN%,%saline%,tap}')
GROUP BY i.id, i.nct_id, i.intervention_type, i.name
ORDER BY i.id;
