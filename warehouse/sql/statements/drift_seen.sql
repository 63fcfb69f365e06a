-- Return the names of the unknown keys and codes in the records that this connection has loaded.
-- Reads: current_drift. Writes: nothing.
select case kind when 'key' then path else path || ' = ' || value end as name
from current_drift
where seen
order by kind desc, path, value
