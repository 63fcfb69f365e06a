"""The catalog of the tables that are made from study records, and the SQL that creates them."""
