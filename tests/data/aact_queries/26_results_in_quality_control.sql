SELECT event, to_date(event_date_description, 'YYYY-MM-DD'), event_date::text,
       to_date(event_date_description, 'YYYY-MM-DD') - lag(event_date) OVER (ORDER BY id) AS days_since_event,
       max(event_date) OVER () - min(event_date) OVER () AS days_in_all
FROM ctgov.pending_results
ORDER BY event_date DESC NULLS LAST;
