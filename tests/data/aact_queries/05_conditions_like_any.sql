SELECT downcase_name, COUNT(DISTINCT nct_id) AS studies
FROM ctgov.conditions
WHERE downcase_name LIKE ANY (ARRAY['%liver failure%', 'aclf'])
  AND downcase_name NOT LIKE ALL (ARRAY['%renal%', '%cardiac%'])
GROUP BY downcase_name
ORDER BY studies DESC, downcase_name;
