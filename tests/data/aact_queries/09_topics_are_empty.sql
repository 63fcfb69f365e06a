SELECT (SELECT COUNT(*) FROM ctgov.categories WHERE name ILIKE 'covid%') AS categories,
       (SELECT COUNT(*) FROM ctgov.covid_19_studies WHERE overall_status = 'RECRUITING') AS covid_19_studies;
