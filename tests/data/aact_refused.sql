select overall_status, count(*) from studies group by overall_status where phase is not null
select count(*) from studies having count(*) > 1 group by phase
select nct_id from studies limit 1 order by nct_id
select nct_id from studies order by nct_id where phase is null
select nct_id from studies limit 1 where phase is null
select where phase is null nct_id from studies
select nct_id, from studies
select nct_id from studies,
select nct_id from studies group by nct_id,
select nct_id from studies order by nct_id,
select nct_id from studies where nct_id in ('a',)
select count(*) from studies where nct_id in ()
select coalesce(nct_id,) from studies
select array['a',]
select * from (values (1),) t(x)
with a as (select 1 as x), select * from a
with a (select 1 as x) select * from a
with a as (select 1 x) with b as (select 2 y) select * from a
select nct_id from studies where phase is null where nct_id is null
select nct_id from studies where phase is null where
select nct_id from studies group by nct_id group by nct_id
select nct_id from studies order by nct_id order by nct_id
select nct_id from studies limit 1 limit 2
select nct_id from studies offset 1 offset 2
select count(*) from studies having count(*)>1 having count(*)>2
select nct_id from studies from conditions
select select nct_id from studies
select distinct distinct nct_id from studies
select nct_id from studies s t u
select nct_id a b from studies
select nct_id from studies where
select nct_id from studies order by
select nct_id from studies group by
select nct_id from studies limit
select count(*) from studies join conditions
select count(*) from studies s left join conditions c
select count(*) from studies s join on s.nct_id = 'a'
select count(*) from studies s inner conditions c on true
select count(*) from studies cross join conditions on true
from studies
from studies select nct_id
select top 5 nct_id from studies
select * exclude (nct_id) from studies
select * except (nct_id) from studies
select * replace (1 as nct_id) from studies
select nct_id from studies qualify row_number() over () = 1
select phase, count(*) from studies group by all
select nct_id from studies order by all
select nct_id from studies limit 1, 2
select nct_id from studies limit 10 percent
select `nct_id` from studies
select nct_id as 'label' from studies
select 'a' 'b'
select {'a': 1}
select [1, 2]
select list_transform([1], x -> x + 1)
select case when true then 1
select case true then 1 end
select count(*) filter where true from studies
select count(* from studies
select count(*)) from studies
select nct_id from studies union select nct_id from studies order by nct_id union select 'x'
select nct_id from studies order by nct_id union select nct_id from conditions
select nct_id from studies limit 1 union select nct_id from conditions
select nct_id from studies union by name select nct_id from conditions
select nct_id from studies union all union select nct_id from conditions
select nct_id from studies union
select count(*) from studies left semi join conditions using (nct_id)
select count(*) from studies positional join conditions
select phase rlike 'a' from studies
select phase regexp 'a' from studies
select 7 div 2
select 7 mod 2
select phase, count(*) from studies group by phase with rollup
select nct_id from studies sort by nct_id
select nct_id from studies cluster by nct_id
select nct_id from studies distribute by nct_id
select nct_id from studies lateral view explode(x) t
select nct_id from studies using sample 10
select nct_id from studies sample 10
select * from studies pivot (count(*) for phase in ('a'))
select nct_id from studies where not
select nct_id from studies where and phase is null
select nct_id from studies where phase is null and
select nct_id from studies where phase is null or or nct_id is null
select nct_id from studies where phase = = 'a'
select nct_id from studies where phase is is null
select nct_id from studies where phase between 'a'
select nct_id from studies where phase in 'a', 'b'
select nct_id from studies where phase like
select nct_id from studies where nct_id not phase
select nct_id phase, from studies where (phase is null
select a.* b.* from studies a, conditions b
select nct_id from studies as
select nct_id from as s
select nct_id as from studies
select count(distinct) from studies
select sum(distinct distinct enrollment) from studies
select date '2020-01-01' + interval 1 day
select interval 1 day
select current_date()
select extract(year, current_date)
select cast(1, int)
select cast(1 int)
select 1::
select position('a', 'b')
select trim(both from)
select * from studies tablesample
select * from studies for
select nct_id from studies fetch first 1 rows
select nct_id from studies fetch first 1 row only limit 1
select nct_id from studies limit 1 fetch first 1 row only
select nct_id from studies window w as (order by nct_id) where true
select row_number() over (order by nct_id partition by phase) from studies
select row_number() over (partition by phase partition by phase) from studies
select row_number() over (order by nct_id order by nct_id) from studies
select row_number() over order by nct_id from studies
select row_number() over (rows unbounded preceding order by nct_id) from studies
select string_agg(nct_id, ',' order by) from studies
select array_agg(nct_id order by nct_id distinct) from studies
select percentile_cont(0.5) within group order by enrollment from studies
select percentile_cont(0.5) within (order by enrollment) from studies
select nct_id from studies where phase is not
select x from (select nct_id x from studies group by nct_id where true) t
select (select nct_id from studies limit 1 where true)
select nct_id from studies where nct_id in (select nct_id from conditions order by nct_id where true)
with a as (select nct_id from studies order by nct_id where true) select * from a
select nct_id from studies where exists (select from conditions where)
select * * from studies
select nct_id + from studies
select , nct_id from studies
select nct_id,, phase from studies
select 1 from studies from
select not from studies
values (1, 2,)
values 1, 2
values (1), (2),
select distinct on nct_id nct_id from studies
select distinct on (nct_id), nct_id from studies
select all distinct nct_id from studies
select into from studies
select nct_id from studies offset 1 rows limit
select nct_id from studies nulls first
select nct_id from studies order by nct_id nulls
select nct_id from studies order nct_id
select nct_id from studies group nct_id
select nct_id from studies where phase is null group nct_id
select phase from studies where phase != all
select count(*) from studies natural conditions
select count(*) from studies natural join conditions using (nct_id)
select count(*) from studies join conditions using nct_id
select count(*) from studies join conditions using (nct_id) on true
select count(*) from studies join conditions on true on true
select count(*) from studies s join conditions c where s.nct_id=c.nct_id
select count(*) from studies s straight_join conditions c
select count(*) from studies outer join conditions using (nct_id)
select count(*) from studies full inner join conditions using (nct_id)
select count(*) from studies left inner join conditions using (nct_id)
select count(*) from studies cross apply conditions
select nct_id from studies limit 1 by nct_id
select nct_id from studies prewhere true
select nct_id from studies with (nolock)
select nct_id from studies use index (x)
select nct_id from studies at (timestamp => now())
select nct_id from studies start with true connect by true
select nct_id from studies limit 1 settings max_threads = 1
select nct_id from studies format json
select ?
select :name
select nct_id as "a" "b" from studies
select 1 2
select nct_id phase overall_status from studies
explain
select b'101' 'x
select 1 where true and (
select nct_id from studies limit 1 offset
select nct_id from studies limit -1 2
select nct_id from studies order by nct_id asc desc
select nct_id from studies order by nct_id asc nulls first desc
select a -> from studies
select nct_id from studies where nct_id = any array['a']
select nct_id from studies where nct_id ilike any 'a'
select nct_id from studies where phase notnull null
select cast('a' as varchar(max))
select date_add(current_date, interval 1 day)
