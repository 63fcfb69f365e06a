SELECT word, length(word) FROM jsonb_array_elements_text('["a", "bc"]'::jsonb) AS word
UNION ALL SELECT key, 0 FROM jsonb_object_keys('{"x": 1, "y": 2}'::jsonb) AS key ORDER BY 1;
