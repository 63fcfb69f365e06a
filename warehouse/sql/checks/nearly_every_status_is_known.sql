-- severity: error
-- A few unknown codes are a new wording of the registry; many are a change of its shape.
with unknown as (select nct_id, overall_status from main.trials where overall_status is not null and status_label is null)
select * from unknown
where (select count(*) from unknown) > 3
  and (select count(*) from unknown) > 0.05 * (select count(*) from main.trials)
