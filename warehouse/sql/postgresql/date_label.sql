-- A date in the form of the registry's summary page, as the macro of this name. The names of the months are here, because
-- to_char takes them from the session's language.
create function main.date_label(day date, "precision" text, raw text) returns text
language sql immutable parallel safe
as $function$
select case date_label."precision"
  when 'day' then month_name || ' ' || day_number || ', ' || year_number
  when 'month' then month_name || ' ' || year_number
  when 'year' then year_number
  else date_label.raw
end
from (
  select
    (array[
      'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
      'December'
    ])[extract(month from date_label.day)::integer] as month_name,
    extract(day from date_label.day)::integer as day_number,
    lpad(extract(year from date_label.day)::integer::text, 4, '0') as year_number
) as parts
$function$;
comment on function main.date_label(date, text, text) is 'A date in the form of the registry''s summary page: October 1, 2019, or October 2019 or 2019 if only that is known; the record''s text if it cannot be read.';
