SELECT f.name AS facility, initcap(replace(i.role, '_', ' ')) AS role, i.name,
       (SELECT count(*) FROM ctgov.facility_contacts c WHERE c.facility_id = f.id) AS contacts
FROM ctgov.facility_investigators i
JOIN ctgov.facilities f ON f.id = i.facility_id
WHERE i.role ~ '^(PRINCIPAL|SUB)_'
ORDER BY f.id, i.id;
