set search_path = 'ctgov,main';
set integer_division = true;
set default_null_order = 'nulls_last_on_asc_first_on_desc';
set ieee_floating_point_ops = false;
