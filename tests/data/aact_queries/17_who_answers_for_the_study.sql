SELECT s.nct_id,
       COALESCE(r.name, o.name, r.old_name_title, sp.name) AS responsible,
       COALESCE(r.responsible_party_type, 'OLD FORM') AS party,
       o.role
FROM ctgov.studies s
JOIN ctgov.sponsors sp ON sp.nct_id = s.nct_id AND sp.lead_or_collaborator = 'lead'
LEFT JOIN ctgov.responsible_parties r ON r.nct_id = s.nct_id
LEFT JOIN ctgov.overall_officials o ON o.nct_id = s.nct_id AND o.role = 'PRINCIPAL_INVESTIGATOR'
WHERE r.id IS NOT NULL
ORDER BY 1;
