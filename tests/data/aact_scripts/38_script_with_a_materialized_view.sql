CREATE MATERIALIZED VIEW terms AS SELECT DISTINCT downcase_mesh_term AS term FROM browse_conditions;
SELECT count(*), min(term) FROM terms;
