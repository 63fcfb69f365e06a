SELECT ctgov.studies.nct_id, ctgov.conditions.name
FROM ctgov.studies JOIN ctgov.conditions ON ctgov.conditions.nct_id = ctgov.studies.nct_id ORDER BY ctgov.conditions.id;
