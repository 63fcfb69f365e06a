-- ~ and ~* match anywhere; \m is the beginning of a word.
SELECT s.nct_id, s.brief_title, c.name
FROM ctgov.studies s
JOIN ctgov.conditions c ON c.nct_id = s.nct_id
WHERE (c.name ~* 'acute.on.chronic' OR c.name ~ '^ACLF$')
  AND s.brief_title ~* '\malbumin\M'
  AND s.brief_title !~* 'registry'
ORDER BY s.nct_id, c.id;
