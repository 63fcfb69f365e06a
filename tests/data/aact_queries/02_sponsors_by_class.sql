-- NULLs first where the order descends, and integers that divide as integers.
SELECT agency_class,
       COUNT(*) FILTER (WHERE lead_or_collaborator = 'lead') AS leads,
       COUNT(*) AS all_roles,
       100 * COUNT(*) FILTER (WHERE lead_or_collaborator = 'lead') / COUNT(*) AS percent_leads
FROM sponsors
GROUP BY 1
ORDER BY agency_class DESC;
