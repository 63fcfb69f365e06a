SELECT k.NCT_ID, k.name AS Keyword, length(k.name), upper(k.downcase_name) = upper(k.name) AS same
FROM CTGOV.KEYWORDS AS k
WHERE k.name ILIKE '%hépatite%' OR k.downcase_name IN ('albumin')
ORDER BY k.ID;
