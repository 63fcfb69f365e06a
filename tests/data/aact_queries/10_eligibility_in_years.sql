-- A number out of a text by a pattern, three ways; a pattern across lines.
SELECT e.nct_id, e.gender,
       SUBSTRING(e.minimum_age FROM '^\d+')::int AS minimum,
       (regexp_match(e.maximum_age, '^(\d+)\s+(\w+)'))[1]::int AS maximum,
       split_part(e.minimum_age, ' ', 2) AS unit,
       e.criteria ~ 'Inclusion.*Exclusion' AS has_both_lists,
       COALESCE(e.healthy_volunteers, false) AS healthy
FROM ctgov.eligibilities e
ORDER BY e.nct_id;
