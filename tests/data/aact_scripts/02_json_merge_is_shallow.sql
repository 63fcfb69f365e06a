SELECT '{"a": 1, "b": {"c": 1}}'::jsonb || '{"b": {"d": 2}, "e": null}'::jsonb AS merged;
