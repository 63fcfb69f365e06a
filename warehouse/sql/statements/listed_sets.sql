-- Return every condition set that the warehouse follows or has followed, the followed ones first, in their order.
-- Reads: main.condition_sets. Writes: nothing.
from main.condition_sets
order by not is_followed, position, name
