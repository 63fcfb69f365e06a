SELECT nct_id, name, downcase_name FROM (SELECT ctgov.conditions.* FROM ctgov.conditions) t ORDER BY id;
