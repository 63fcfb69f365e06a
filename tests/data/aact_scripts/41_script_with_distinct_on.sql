SELECT DISTINCT ON (nct_id) nct_id, name INTO firsts FROM conditions ORDER BY nct_id, name;
SELECT f.name, s.phase FROM firsts f JOIN studies s USING (nct_id) ORDER BY f.nct_id;
