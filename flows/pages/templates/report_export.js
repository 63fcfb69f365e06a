// What leaves the page: NCT numbers for the clipboard, and the trials that the table shows as CSV and RIS.

// Return the text with an apostrophe before it if a spreadsheet would run it as a formula.
const disarmFormula = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const quoteCell = (value) => {
  if (typeof value === "number") return String(value);
  const text = disarmFormula([value ?? []].flat().join("; "));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

// The columns of the CSV. Each row names the source, so that a row that is copied elsewhere keeps it.
const listCells = (trial, { source, day, study }) => ({
  nct_id: trial.id,
  title: trial.title,
  official_title: trial.official,
  acronym: trial.acronym,
  study_type: trial.type,
  status: trial.status,
  phase: trial.phase,
  start_date: trial.start?.[0],
  start_date_type: trial.start?.[1],
  primary_completion_date: trial.primaryCompletion?.[0],
  primary_completion_date_type: trial.primaryCompletion?.[1],
  completion_date: trial.completion?.[0],
  completion_date_type: trial.completion?.[1],
  first_post_date: trial.posted,
  results_first_post_date: trial.resultsPosted,
  enrollment: trial.enrollment,
  enrollment_type: trial.enrollmentType,
  lead_sponsor: trial.sponsor,
  collaborators: trial.collaborators,
  countries: trial.countries,
  conditions: trial.conditions,
  interventions: trial.interventions,
  intervention_classes: trial.values.intervention.filter((value) => value !== "none"),
  primary_outcomes: trial.primaryOutcomes,
  primary_outcome_classes: trial.values.outcome.filter((value) => value !== "none"),
  ages: trial.ages,
  sex: trial.sex,
  url: study + trial.id,
  source,
  data_date: day,
});

const makeCsv = (trials, records) => {
  const rows = trials.map((trial) => listCells(trial, records));
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map(Object.values)].map((cells) => cells.map(quoteCell).join(","));
  // Excel takes a file without this mark for one of its old encodings, and breaks every accent.
  return `\ufeff${lines.join("\r\n")}\r\n`;
};

// Make one RIS entry a trial: an online database's record, with the sponsor as author and the registry's number.
const makeRis = (trials, { source, day, study }) => trials.map((trial) => {
  const facts = [["Status", trial.status], ["Phase", trial.phase], ["Enrollment", trial.enrollment], ["Start", formatDate(trial.start)]];
  const entries = [
    ["TY", "DBASE"],
    ["TI", trial.title],
    ["T2", "ClinicalTrials.gov"],
    ["ST", trial.acronym],
    ["AU", trial.sponsor],
    ...joinLists(trial.collaborators).map((name) => ["A2", name]),
    ["PY", trial.posted?.slice(0, 4)],
    ["DA", trial.posted?.replaceAll("-", "/")],
    ["AN", trial.id],
    ["DB", "ClinicalTrials.gov"],
    ["DP", "U.S. National Library of Medicine"],
    ["UR", study + trial.id],
    ["Y2", day.replaceAll("-", "/")],
    ["AB", trial.summary],
    ...joinLists(trial.conditions, trial.keywords).map((name) => ["KW", name]),
    ["N1", facts.filter(([, value]) => value || value === 0).map(([name, value]) => `${name}: ${value}`).join("; ")],
    ["N1", source],
  ];
  // A value is one line: a line break in it could begin another entry.
  const lines = entries.filter(([, value]) => value).map(([tag, value]) => `${tag}  - ${value.replace(/\s+/g, " ").trim()}`);
  return `${lines.join("\r\n")}\r\nER  - \r\n`;
}).join("\r\n");

// Save a text as a file of the reader.
const saveFile = (name, type, text) => {
  const address = URL.createObjectURL(new Blob([text], { type }));
  makeElement("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

// Copy a text, and return whether it worked. A page that came by plain HTTP has no clipboard of the newer kind.
const copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = makeElement("textarea", { class: "unseen", "aria-hidden": "true" }, text);
    const before = document.activeElement;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return isCopied;
  }
};
