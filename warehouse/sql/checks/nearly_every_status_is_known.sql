-- severity: error
-- A few unknown codes mean a new code of the registry. Many mean that the registry changed the shape of its records.
with unknown as (select nct_id, overall_status from main.trials where overall_status is not null and status_label is null)
select * from unknown
where (select count(*) from unknown) > 3
  and (select count(*) from unknown) > 0.05 * (select count(*) from main.trials)
