SELECT 'one'
  ' two' AS joined, 1 AS "from", 2 AS limit, x.order FROM (SELECT 3 AS "order") x;
