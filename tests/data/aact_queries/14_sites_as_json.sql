SELECT f.nct_id,
       json_agg(json_build_object('site', f.name, 'city', f.city, 'contact', k.name) ORDER BY f.name DESC)
           FILTER (WHERE f.country = 'Spain') AS spanish_sites
FROM ctgov.facilities f
LEFT JOIN ctgov.facility_contacts k ON k.facility_id = f.id AND k.contact_type = 'primary'
GROUP BY f.nct_id
ORDER BY f.nct_id;
