-- severity: error
select nct_id, count(*) as times from main.trials group by nct_id having count(*) > 1
