SELECT jsonb_pretty(jsonb_build_object('a', 1)) AS pretty, jsonb_pretty(jsonb_build_array(1, 'x'))::jsonb AS back;
