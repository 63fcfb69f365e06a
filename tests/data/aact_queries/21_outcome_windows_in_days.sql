SELECT o.nct_id, o.outcome_type, o.measure,
       CASE WHEN o.time_frame ~* '\d+\s+days?' THEN (regexp_match(o.time_frame, '(\d+)\s+days?', 'i'))[1]::int
            WHEN o.time_frame ~* 'day\s+\d+' THEN SUBSTRING(o.time_frame FROM '\d+')::int
            WHEN o.time_frame ILIKE '%year%' THEN SUBSTRING(o.time_frame FROM '\d+')::numeric * 365.25 END AS days
FROM ctgov.design_outcomes o
ORDER BY days DESC, o.id;
