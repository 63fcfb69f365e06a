select case kind when 'key' then path else path || ' = ' || value end as name
from current_drift
where seen
order by kind desc, path, value
