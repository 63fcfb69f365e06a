SELECT jsonb_build_array(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'eleven', NULL, true), json_build_array(), json_build_object();
