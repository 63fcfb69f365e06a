SELECT r.pmid, r.reference_type,
       SUBSTRING(r.citation FROM '\m(\d{4})\M')::int AS year,
       COUNT(x.id) AS retractions,
       string_agg(x.pmid, ', ' ORDER BY x.pmid DESC) AS notices
FROM ctgov.study_references r
LEFT JOIN ctgov.retractions x ON x.reference_id = r.id
GROUP BY r.id, r.pmid, r.reference_type, r.citation
ORDER BY year, r.pmid;
