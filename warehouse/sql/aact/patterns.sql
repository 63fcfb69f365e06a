-- Creates PostgreSQL's pattern functions as macros. Reads: nothing.
-- All macros are in `ctgov`, so that only a session with the search path of session.sql finds them. It finds them before
-- DuckDB's own functions, which are `system.main.` here. A macro whose name begins with `aact_` serves the other macros.
-- The bodies use only what DuckDB 1.2 can read.

-- Translate a pattern: a match may be anywhere in the text, `.` also matches a line break, and \m \M \y are the edges of
-- words. An unknown flag gives a pattern that DuckDB refuses. `error()` is not used for that, because DuckDB would then
-- compile the pattern again for each row.
create macro ctgov.aact_pattern(pattern, flags) as
  '(?' || case when system.main.regexp_matches(flags, '[nm]') then 'm' else 's' end
  || system.main.regexp_replace(flags, '[gcnms]', '', 'g') || ')'
  || system.main.regexp_replace(
    system.main.regexp_replace(
      system.main.regexp_replace(pattern, '(^|[^\\])((?:\\\\)*)\\[mMy]', '\1\2\\b', 'g'),
      '(^|[^\\])((?:\\\\)*)\\Z', '\1\2\\z', 'g'
    ),
    '(^|[^\\])((?:\\\\)*)\\u([0-9A-Fa-f]{4})', '\1\2\\x{\3}', 'g'
  );

create macro ctgov.regexp_matches
  (string, pattern) as system.main.regexp_matches(string, ctgov.aact_pattern(pattern, '')),
  (string, pattern, flags) as system.main.regexp_matches(string, ctgov.aact_pattern(pattern, flags));
comment on macro ctgov.regexp_matches is
  'Whether the pattern matches: ~ and ~* call it in DuckDB 2. For PostgreSQL''s rows use unnest(regexp_all_matches(…)).';

create macro ctgov.regexp_full_match(string, pattern) as ctgov.regexp_matches(string, pattern);
comment on macro ctgov.regexp_full_match is
  'Whether the pattern matches anywhere in the text, as in PostgreSQL: ~ and !~ call it in DuckDB 1.';

create macro ctgov."~*"(string, pattern) as ctgov.regexp_matches(string, pattern, 'i');
comment on macro ctgov."~*" is 'The operator ~*: whether the pattern matches anywhere, in any case.';

create macro ctgov."!~*"(string, pattern) as not ctgov.regexp_matches(string, pattern, 'i');
comment on macro ctgov."!~*" is 'The operator !~*: whether the pattern matches nowhere, in any case.';

-- Join a list to one text. DuckDB before 1.5 gives NULL for an empty list; PostgreSQL gives an empty text.
create macro ctgov.aact_joined(list) as
  case when list is not null then coalesce(system.main.array_to_string(list, ''), '') end;
create macro ctgov.similar_to(string, pattern) as
  system.main.regexp_matches(
    string,
    '(?s)^(?:' || ctgov.aact_joined([
      case
        when piece = '%' then '.*'
        when piece = '_' then '.'
        when piece = '\_' then '_'
        when piece in ('.', '^', '$') then '\' || piece
        else piece
      end
      for piece in system.main.regexp_extract_all(pattern, '(?s:\\.|.)')
    ]) || ')$'
  );
comment on macro ctgov.similar_to is 'PostgreSQL''s operator `similar to`: whether the whole text matches the pattern.';

create macro ctgov.regexp_replace
  (string, pattern, replacement) as
    system.main.regexp_replace(string, ctgov.aact_pattern(pattern, ''), replace(replacement, '\&', '\0')),
  (string, pattern, replacement, flags) as
    case
      when contains(flags, 'g')
        then system.main.regexp_replace(
          string, ctgov.aact_pattern(pattern, flags), replace(replacement, '\&', '\0'), 'g'
        )
      else system.main.regexp_replace(string, ctgov.aact_pattern(pattern, flags), replace(replacement, '\&', '\0'))
    end;
comment on macro ctgov.regexp_replace is 'The text with the first match replaced, or with the flag g every match.';

-- Return what the groups of a pattern matched, or the whole match if it has no groups. DuckDB needs the number of a group
-- as a constant, and a pattern that has such a group. So there is one call per group, and six empty groups are added.
create macro ctgov.aact_group_count(pattern) as
  len(system.main.regexp_extract_all(system.main.regexp_replace(pattern, '\\.|\[\^?\]?[^\]]*\]', '', 'g'), '\('))
  - len(system.main.regexp_extract_all(system.main.regexp_replace(pattern, '\\.|\[\^?\]?[^\]]*\]', '', 'g'), '\(\?'));
create macro ctgov.aact_with_groups(pattern, flags) as
  '(?:' || ctgov.aact_pattern(pattern, flags) || ')()()()()()()';
create macro ctgov.aact_first_groups(groups, pattern) as
  case
    when ctgov.aact_group_count(pattern) > 6 then error('a pattern can have six groups here')
    else list_slice(groups, 1, ctgov.aact_group_count(pattern))
  end;
create macro ctgov.aact_match(string, pattern, flags) as
  case
    when not system.main.regexp_matches(string, ctgov.aact_pattern(pattern, flags)) then null
    when ctgov.aact_group_count(pattern) = 0
      then [system.main.regexp_extract(string, ctgov.aact_pattern(pattern, flags))]
    else ctgov.aact_first_groups([
      system.main.regexp_extract(string, ctgov.aact_with_groups(pattern, flags), 1),
      system.main.regexp_extract(string, ctgov.aact_with_groups(pattern, flags), 2),
      system.main.regexp_extract(string, ctgov.aact_with_groups(pattern, flags), 3),
      system.main.regexp_extract(string, ctgov.aact_with_groups(pattern, flags), 4),
      system.main.regexp_extract(string, ctgov.aact_with_groups(pattern, flags), 5),
      system.main.regexp_extract(string, ctgov.aact_with_groups(pattern, flags), 6)
    ], pattern)
  end;
create macro ctgov.regexp_match
  (string, pattern) as ctgov.aact_match(string, pattern, ''),
  (string, pattern, flags) as ctgov.aact_match(string, pattern, flags);
comment on macro ctgov.regexp_match is 'What the groups of the pattern matched at its first match, or the match if it has no groups; NULL without a match.';

create macro ctgov.aact_all_matches(string, pattern, flags) as
  [
    case
      when ctgov.aact_group_count(pattern) = 0
        then [system.main.regexp_extract_all(string, ctgov.aact_pattern(pattern, flags))[nth]]
      else ctgov.aact_first_groups([
        system.main.regexp_extract_all(string, ctgov.aact_with_groups(pattern, flags), 1)[nth],
        system.main.regexp_extract_all(string, ctgov.aact_with_groups(pattern, flags), 2)[nth],
        system.main.regexp_extract_all(string, ctgov.aact_with_groups(pattern, flags), 3)[nth],
        system.main.regexp_extract_all(string, ctgov.aact_with_groups(pattern, flags), 4)[nth],
        system.main.regexp_extract_all(string, ctgov.aact_with_groups(pattern, flags), 5)[nth],
        system.main.regexp_extract_all(string, ctgov.aact_with_groups(pattern, flags), 6)[nth]
      ], pattern)
    end
    for nth in system.main.generate_series(
      1,
      least(
        len(system.main.regexp_extract_all(string, ctgov.aact_pattern(pattern, flags))),
        case when contains(flags, 'g') then 1000000 else 1 end
      )
    )
  ];
create macro ctgov.regexp_all_matches
  (string, pattern) as ctgov.aact_all_matches(string, pattern, ''),
  (string, pattern, flags) as ctgov.aact_all_matches(string, pattern, flags);
comment on macro ctgov.regexp_all_matches is
  'A list of what PostgreSQL''s regexp_matches returns as rows: for each match, what the groups of the pattern matched.';

create macro ctgov.substr
  (string, start) as
    case
      when typeof(start) = 'VARCHAR' then ctgov.aact_match(string, cast(start as varchar), '')[1]
      else system.main.substr(string, greatest(try_cast(start as bigint), 1))
    end,
  (string, start, count) as
    case
      when count < 0 then error('negative substring length not allowed')
      else system.main.substr(string, greatest(start, 1), greatest(count + least(start, 1) - 1, 0))
    end;
comment on macro ctgov.substr is 'A part of the text, from a position or by a pattern: PostgreSQL''s substring(x from y for z).';

-- The operators of `like`. The backslash is the escape character in PostgreSQL; DuckDB has none by default.
create macro ctgov."~~"(string, pattern) as system.main.like_escape(string, pattern, '\');
comment on macro ctgov."~~" is 'The operator like, with the backslash as escape.';
create macro ctgov."!~~"(string, pattern) as system.main.not_like_escape(string, pattern, '\');
comment on macro ctgov."!~~" is 'The operator not like, with the backslash as escape.';
create macro ctgov."~~*"(string, pattern) as system.main.ilike_escape(string, pattern, '\');
comment on macro ctgov."~~*" is 'The operator ilike, with the backslash as escape.';
create macro ctgov."!~~*"(string, pattern) as system.main.not_ilike_escape(string, pattern, '\');
comment on macro ctgov."!~~*" is 'The operator not ilike, with the backslash as escape.';
