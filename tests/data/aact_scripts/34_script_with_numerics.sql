CREATE TEMPORARY TABLE numbers (a numeric, b float, c text);
INSERT INTO numbers VALUES (0.12345, 0.1, 'x');
SELECT a, b + 0.2::float AS b, c, a / 3 AS third FROM numbers;
