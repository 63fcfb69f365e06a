CREATE OR REPLACE VIEW trial_names AS SELECT nct_id, lower(brief_title) AS name FROM studies;
CREATE OR REPLACE VIEW trial_names AS SELECT nct_id, upper(substr(brief_title, 1, 7)) AS name FROM studies WHERE brief_title ~* 'liver|albumin';
SELECT * FROM trial_names ORDER BY nct_id;
