WITH a AS (SELECT nct_id FROM conditions UNION SELECT nct_id FROM keywords) SELECT nct_id INTO listed FROM a;
SELECT count(*) FROM listed;
