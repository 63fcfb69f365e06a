SELECT DISTINCT ON (f.country) f.country, f.city, f.name::varchar(8) AS short_name, f.latitude
FROM facilities f
ORDER BY f.country, f.id DESC;
