SELECT s.nct_id, s.plan_to_share_ipd, array_agg(t.name ORDER BY t.name DESC) AS kinds,
       cardinality(array_agg(t.name)), 'SAP' = ANY (array_agg(t.name)) AS with_sap
FROM aact.ctgov.studies s
JOIN aact.ctgov.ipd_information_types t ON t.nct_id = s.nct_id
GROUP BY s.nct_id, s.plan_to_share_ipd;
