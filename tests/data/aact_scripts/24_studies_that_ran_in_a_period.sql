SELECT nct_id FROM studies WHERE (start_date, completion_date) OVERLAPS (DATE '2015-01-01', DATE '2030-01-01') ORDER BY nct_id;
