-- Creates macros that read dates from text and write dates as text, by PostgreSQL's formats. Reads: patterns.sql.

-- Split a format into its fields and the texts between them.
create macro ctgov.aact_tokens(format) as
  system.main.regexp_extract_all(
    format,
    '(?i)"[^"]*"|(?:FM|TM)?(?:YYYY|YY|IYYY|MONTH|MON|MM|MI|DDD|DD|DAY|DY|D|HH24|HH12|HH|SS|AM|PM|IW|ID|WW|W|Q)|(?s:.)'
  );

-- To read: a field that the text ends before has its first value (month 1, day 1). Text after the format is ignored.
create macro ctgov.aact_token_pattern(token) as
  case
    when upper(token) = 'YYYY' then '\s*[0-9]{4}'
    when upper(token) in ('MM', 'DD', 'HH24', 'HH12', 'HH', 'MI', 'SS') then '\s*(?:[0-9]{2}|[0-9](?:[^a-zA-Z0-9]+|$))'
    when upper(token) in ('MON', 'MONTH')
      then '\s*(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?'
        || '|nov(?:ember)?|dec(?:ember)?)'
    when system.main.regexp_matches(token, '^[^a-zA-Z0-9"]$') then '[^a-zA-Z0-9]*'
    else '(?' || token || ' in the format of a date cannot be read here'
  end;
create macro ctgov.aact_field(string, format, field) as
  system.main.regexp_extract(
    string,
    '^' || ctgov.aact_joined([
      ctgov.aact_token_pattern(token)
      for token in list_slice(
        ctgov.aact_tokens(format),
        1,
        list_position([upper(token) for token in ctgov.aact_tokens(format)], field) - 1
      )
    ])
    || '(' || ctgov.aact_token_pattern(field) || ')',
    1
  );
create macro ctgov.aact_number(string, format, field) as
  try_cast(system.main.regexp_extract(ctgov.aact_field(string, format, field), '[0-9]+') as integer);
create macro ctgov.aact_is_read(string, format) as
  system.main.regexp_matches(
    string,
    '^' || ctgov.aact_joined([ctgov.aact_token_pattern(token) || '(?:' for token in ctgov.aact_tokens(format)])
    || repeat('|\s*$)', len(ctgov.aact_tokens(format)))
  );
create macro ctgov.to_date(string, format) as
  case
    when not ctgov.aact_is_read(string, format) or ctgov.aact_number(string, format, 'YYYY') is null and string is not null
      then error('"' || string || '" is not a date of the form "' || format || '"')
    else make_date(
      ctgov.aact_number(string, format, 'YYYY'),
      coalesce(
        ctgov.aact_number(string, format, 'MM'),
        (strpos(
          'janfebmaraprmayjunjulaugsepoctnovdec',
          nullif(lower(left(ltrim(concat(
            ctgov.aact_field(string, format, 'MON'), ctgov.aact_field(string, format, 'MONTH')
          )), 3)), '')
        ) + 2) // 3,
        1
      ),
      coalesce(ctgov.aact_number(string, format, 'DD'), 1)
    )
  end;
comment on macro ctgov.to_date is 'The date in a text, by a format with YYYY, MM, Mon, Month and DD.';

create macro ctgov.to_timestamp
  (seconds) as make_timestamp(cast(system.main.round(seconds * 1000000, 0) as bigint)),
  (string, format) as
    cast(ctgov.to_date(string, format) as timestamp)
    + to_hours(coalesce(ctgov.aact_number(string, format, 'HH24'), 0))
    + to_minutes(coalesce(ctgov.aact_number(string, format, 'MI'), 0))
    + to_seconds(coalesce(ctgov.aact_number(string, format, 'SS'), 0));
comment on macro ctgov.to_timestamp is 'The time (UTC) in a text, by a format such as YYYY-MM-DD HH24:MI:SS, or after seconds since 1970.';

-- The present in UTC, as the times in the tables are: DuckDB compares those with a time that has a zone by the zone of the
-- client. DuckDB reads `current_timestamp` as a call of `get_current_timestamp`.
create macro ctgov.now() as make_timestamp(epoch_us(system.main.now()));
comment on macro ctgov.now is 'The time at which the statement began (UTC).';
create macro ctgov.get_current_timestamp() as ctgov.now();
comment on macro ctgov.get_current_timestamp is 'The time at which the statement began (UTC): current_timestamp calls it.';
create macro ctgov.transaction_timestamp() as ctgov.now();
comment on macro ctgov.transaction_timestamp is 'The time at which the statement began (UTC).';

-- To write: `strftime` writes the fields that it knows. A field that it lacks becomes a mark such as ‹Q›, which the macros
-- below replace. An unknown field becomes a form that `strftime` refuses.
create macro ctgov.aact_strftime(token) as
  case
    when starts_with(token, '"') then replace(replace(token, '"', ''), '%', '%%')
    when token = '%' then '%%'
    when system.main.regexp_matches(token, '^[^a-zA-Z]$') then token
    when token in ('FMMonth', 'TMMonth') then '%B'
    when token in ('FMDay', 'TMDay') then '%A'
    when token in ('Mon', 'TMMon') then '%b'
    when token in ('Dy', 'TMDy') then '%a'
    when token in ('AM', 'PM') then '%p'
    else coalesce(
      case upper(token)
        when 'YYYY' then '%Y'
        when 'YY' then '%y'
        when 'IYYY' then '%G'
        when 'IW' then '%V'
        when 'MM' then '%m'
        when 'FMMM' then '%-m'
        when 'DD' then '%d'
        when 'FMDD' then '%-d'
        when 'DDD' then '%j'
        when 'FMDDD' then '%-j'
        when 'HH24' then '%H'
        when 'FMHH24' then '%-H'
        when 'HH12' then '%I'
        when 'HH' then '%I'
        when 'FMHH12' then '%-I'
        when 'MI' then '%M'
        when 'SS' then '%S'
      end,
      case
        when system.main.regexp_matches(token, '^((?i)q|d|id|w|ww)$|^(FM)?(MONTH|month|DAY|day)$|^(Month|Day|MON|mon|DY|dy|am|pm)$')
          then '‹' || if(lower(token) in ('q', 'd', 'id', 'w', 'ww'), upper(token), token) || '›'
        else '%(' || token || ' in the format of a date cannot be written here)'
      end
    )
  end;
create macro ctgov.aact_marked(string, moment) as
  replace(replace(replace(replace(replace(
    string,
    '‹Q›', cast(quarter(moment) as varchar)),
    '‹D›', cast(dayofweek(moment) + 1 as varchar)),
    '‹ID›', cast(isodow(moment) as varchar)),
    '‹W›', cast((day(moment) + 6) // 7 as varchar)),
    '‹WW›', system.main.lpad(cast((dayofyear(moment) + 6) // 7 as varchar), 2, '0'));
create macro ctgov.aact_months(string, moment) as
  replace(replace(replace(replace(replace(replace(replace(
    string,
    '‹Month›', system.main.rpad(monthname(moment), 9, ' ')),
    '‹MONTH›', system.main.rpad(upper(monthname(moment)), 9, ' ')),
    '‹month›', system.main.rpad(lower(monthname(moment)), 9, ' ')),
    '‹FMMONTH›', upper(monthname(moment))),
    '‹FMmonth›', lower(monthname(moment))),
    '‹MON›', upper(strftime(moment, '%b'))),
    '‹mon›', lower(strftime(moment, '%b')));
create macro ctgov.aact_days(string, moment) as
  replace(replace(replace(replace(replace(replace(replace(replace(
    string,
    '‹Day›', system.main.rpad(dayname(moment), 9, ' ')),
    '‹DAY›', system.main.rpad(upper(dayname(moment)), 9, ' ')),
    '‹day›', system.main.rpad(lower(dayname(moment)), 9, ' ')),
    '‹FMDAY›', upper(dayname(moment))),
    '‹DY›', upper(strftime(moment, '%a'))),
    '‹dy›', lower(strftime(moment, '%a'))),
    '‹am›', lower(strftime(moment, '%p'))),
    '‹pm›', lower(strftime(moment, '%p')));
create macro ctgov.to_char(moment, format) as
  ctgov.aact_days(
    ctgov.aact_months(
      ctgov.aact_marked(
        strftime(moment, ctgov.aact_joined([ctgov.aact_strftime(token) for token in ctgov.aact_tokens(format)])),
        moment
      ),
      moment
    ),
    moment
  );
comment on macro ctgov.to_char is 'A date or time as text, by a format such as YYYY-MM or FMMonth DD, YYYY.';

-- For `(a, b) overlaps (c, d)`: a period holds its start and not its end, unless both are the same.
create macro ctgov.aact_instants_overlap(start_1, end_1, start_2, end_2) as
  case
    when start_1 > start_2 then start_1 < end_2
    when start_1 < start_2 then start_2 < end_1
    when end_1 is not null and end_2 is not null then start_1 = start_2
  end;
create macro ctgov.aact_overlaps(start_1, end_1, start_2, end_2) as
  ctgov.aact_instants_overlap(
    least(start_1, end_1),
    case when start_1 is not null and end_1 is not null then greatest(start_1, end_1) end,
    least(start_2, end_2),
    case when start_2 is not null and end_2 is not null then greatest(start_2, end_2) end
  );
