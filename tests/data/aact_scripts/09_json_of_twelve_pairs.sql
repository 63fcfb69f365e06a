SELECT json_build_object('nct_id', nct_id, 'title', brief_title, 'status', overall_status, 'phase', phase, 'n', enrollment, 'type', study_type,
       'arms', number_of_arms, 'groups', number_of_groups, 'source', source, 'why', why_stopped, 'dmc', has_dmc, 'start', start_date)
FROM studies ORDER BY nct_id LIMIT 2;
