SELECT COALESCE(d.allocation, d.observational_model, 'not given') AS design,
       d.masking SIMILAR TO '(SINGLE|DOUBLE|TRIPLE|QUADRUPLE)' AS is_masked,
       (d.subject_masked::int + d.caregiver_masked::int + d.investigator_masked::int + d.outcomes_assessor_masked::int) AS masked_roles,
       s.phase,
       CASE WHEN s.phase LIKE '%PHASE3%' THEN 'late' WHEN s.phase IS NULL THEN 'none' ELSE 'early' END
FROM ctgov.designs d
JOIN ctgov.studies s USING (nct_id)
ORDER BY nct_id;
