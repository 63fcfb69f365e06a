SELECT NULL::jsonb || '{"a": 1}'::jsonb AS of_null, 'null'::jsonb || '[]'::jsonb AS of_json_null, '{"a": 1}' || '{}'::jsonb AS of_text;
