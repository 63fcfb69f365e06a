CREATE TEMP VIEW named (trial, stage) AS SELECT NCT_ID, Phase FROM Studies;
SELECT trial, stage FROM named ORDER BY trial;
