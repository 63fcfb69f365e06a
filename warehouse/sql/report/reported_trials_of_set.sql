-- Creates the view of the trials that the report shows: those of one set. Reads: main.trials, $reported_set.
create temp view reported_trials as from main.trials where list_contains(condition_sets, getvariable('reported_set'))
