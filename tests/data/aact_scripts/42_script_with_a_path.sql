SET search_path TO ctgov;
CREATE TEMP TABLE per_country AS SELECT country, count(DISTINCT nct_id) AS trials FROM facilities GROUP BY country;
SELECT country, trials FROM per_country ORDER BY trials DESC, country;
