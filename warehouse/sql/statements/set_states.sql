-- Return the condition sets that the warehouse follows, in their order, and how each stands.
-- Reads: main.condition_sets. Writes: nothing.
select name, title, trials, last_listed_at, refused
from main.condition_sets
where is_followed
order by position
