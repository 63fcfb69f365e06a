CREATE TEMP TABLE totals AS SELECT sum(enrollment) AS s, count(*) AS n, sum(1.5) AS f FROM studies;
SELECT s / 7 AS whole, sum(n) / 3 AS part, f / 4 AS quarter FROM totals GROUP BY s, f;
