-- Creates the view of the trials that the report shows: those of every set. Reads: main.trials.
create temp view reported_trials as from main.trials where in_condition_set
