SELECT nct_id FROM studies s WHERE EXISTS (SELECT FROM conditions c WHERE c.nct_id = s.nct_id) ORDER BY nct_id;
