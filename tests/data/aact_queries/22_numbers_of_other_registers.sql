SELECT nct_id, id_source, id_value, position('-' in id_value), left(id_value, -3) AS shortened, id_type || ': ' || id_link AS link
FROM ctgov.id_information
WHERE id_value ~ '^\d{4}-\d{6}-\d{2}$' OR id_type_description IS NOT NULL OR id_value LIKE '[%\]'
ORDER BY id;
