-- A date in the form of the registry's summary page, as the macro of this name. It is one expression, so that PostgreSQL
-- puts it into the query.
create function main.date_label(day date, "precision" text, raw text) returns text
language sql stable parallel safe
as $function$
select case date_label."precision"
  when 'day' then to_char(date_label.day::timestamp, 'FMMonth FMDD, YYYY')
  when 'month' then to_char(date_label.day::timestamp, 'FMMonth YYYY')
  when 'year' then to_char(date_label.day::timestamp, 'YYYY')
  else date_label.raw
end
$function$;
comment on function main.date_label(date, text, text) is 'A date in the form of the registry''s summary page: October 1, 2019, or October 2019 or 2019 if only that is known; the record''s text if it cannot be read.';
