CREATE TABLE counts (what text, n int);
INSERT INTO counts VALUES ('pieces', 7 / 2), ('nothing', NULL);
INSERT INTO counts (what) SELECT 'a; b';
SELECT what, n, n / 2 AS half FROM counts ORDER BY what;
