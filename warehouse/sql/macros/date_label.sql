-- A date in the form of the registry's summary page: October 1, 2019, or October 2019 or 2019 if only that is known; the
-- record's text if it cannot be read.
create or replace macro main.date_label(day, "precision", raw) as
case "precision"
  when 'day' then strftime(day, '%B %-d, %Y')
  when 'month' then strftime(day, '%B %Y')
  when 'year' then strftime(day, '%Y')
  else raw
end;
