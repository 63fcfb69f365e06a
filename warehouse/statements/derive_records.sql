-- The lines are of records that the store holds, and all that fit are made rows of again.
create or replace temp table changed as
select nct_id, content_hash, false as is_update from lines where reason is null;
