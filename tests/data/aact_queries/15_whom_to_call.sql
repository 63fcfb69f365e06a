SELECT s.nct_id, c.name, concat_ws(' ext. ', c.phone, c.phone_extension) AS phone, c.email
FROM ctgov.studies s
LEFT JOIN LATERAL (
    SELECT * FROM ctgov.central_contacts cc WHERE cc.nct_id = s.nct_id ORDER BY cc.contact_type DESC LIMIT 1
) c ON TRUE
WHERE s.overall_status <> 'WITHHELD'
ORDER BY s.nct_id;
