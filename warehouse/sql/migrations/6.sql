-- Give the store a name of its own, by which a database that holds a copy of it knows it again.
insert into ops.store values ('store_id', uuid()::varchar);
