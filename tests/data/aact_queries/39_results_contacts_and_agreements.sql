SELECT nct_id, split_part(c.email, '@', 2) AS domain, regexp_replace(c.phone, '\D', '', 'g') AS digits,
       CASE WHEN a.pi_employee THEN 'employee' WHEN a.restrictive_agreement THEN 'restricted: ' || lower(a.restriction_type) END AS agreement,
       d.description ILIKE '%slow%' AS slow, b.description LIKE '%pressure \\> 5%' AS pressure, length(b.description) AS letters
FROM ctgov.result_contacts c
FULL OUTER JOIN ctgov.result_agreements a USING (nct_id)
LEFT JOIN ctgov.brief_summaries b USING (nct_id)
LEFT JOIN ctgov.detailed_descriptions d USING (nct_id)
ORDER BY nct_id;
