CREATE VIEW by_phase AS SELECT phase, count(*) AS n, sum(enrollment) AS s, avg(enrollment) AS a FROM studies GROUP BY phase;
SELECT phase, n / 2 AS x, s / 4 AS y, round(a / 3, 4) AS z FROM by_phase ORDER BY phase; /* the end; really */ ;
