SELECT 1 AS first;
SET search_path TO ctgov, public;
SELECT 2 AS second;
