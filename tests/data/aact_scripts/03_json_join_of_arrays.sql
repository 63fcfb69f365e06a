SELECT '[1, 2]'::jsonb || '[3]'::jsonb AS arrays, '[1]'::jsonb || '2'::jsonb AS appended, '"x"'::jsonb || '[1]'::jsonb AS prepended,
       '1'::jsonb || '2'::jsonb AS scalars, '{"a": 1}'::jsonb || '[2]'::jsonb AS object_first, '[2]'::jsonb || '{"a": 1}'::jsonb AS object_last;
