// The comparison of two to four trials, side by side.

const MOST_COMPARED = 4;

const joinLists = (...lists) => lists.flatMap((list) => list ?? []);

// The rows of the comparison: a name, and the texts of a trial.
const listComparedRows = (trials) => {
  const rows = [
    ["Status", (trial) => [trial.status]],
    ["Phase", (trial) => [trial.phase]],
    ["Study type", (trial) => [trial.type]],
    ["Start", (trial) => [formatDate(trial.start)]],
    ["Primary completion", (trial) => [formatDate(trial.primaryCompletion)]],
    ["Completion", (trial) => [formatDate(trial.completion)]],
    ["Results posted", (trial) => [trial.resultsPosted ?? "No"]],
    ["Enrollment", (trial) => [trial.enrollment === undefined ? "" : `${trial.enrollment.toLocaleString("en")} ${trial.enrollmentType === "estimated" ? "(estimated)" : ""}`]],
    ["Lead sponsor", (trial) => [trial.sponsor]],
    ["Collaborators", (trial) => trial.collaborators],
    ["Countries", (trial) => [trial.countries?.join(", ")]],
    ["Conditions", (trial) => trial.conditions],
    ["Interventions", (trial) => trial.interventions],
    ["Primary outcomes", (trial) => trial.primaryOutcomes],
    ["Ages", (trial) => [trial.ages]],
    ["Sex", (trial) => [trial.sex]],
  ];
  // Each measure with a limit in the criteria of one of them, as MELD, is a row.
  const measures = new Set(trials.flatMap((trial) => joinLists(trial.limits).map(([measure]) => measure)));
  for (const measure of [...measures].sort(collator.compare)) {
    const list = (trial) => joinLists(trial.limits)
      .filter(([name]) => name === measure)
      .map(([, text, type]) => (type === "exclusion" ? `excluded: ${text}` : text));
    rows.push([`Criteria: ${measure}`, list]);
  }
  return rows;
};

// Draw the comparison of these trials as a table. Rows in which all say the same are paler.
const showComparison = (section, trials) => {
  const head = makeElement("tr", { role: "row" }, makeElement("td", { role: "cell" }));
  for (const trial of trials) {
    const link = makeElement("a", { href: trial.link }, trial.id);
    head.append(makeElement("th", { scope: "col", role: "columnheader" }, link, makeElement("small", {}, trial.title)));
  }
  const body = makeElement("tbody", { role: "rowgroup" });
  for (const [name, list] of listComparedRows(trials)) {
    const cells = trials.map((trial) => (list(trial) ?? []).filter(Boolean));
    if (!cells.some((texts) => texts.length)) continue;
    const isSame = new Set(cells.map((texts) => texts.join("\n"))).size === 1;
    const row = makeElement("tr", { role: "row", class: isSame ? "same" : "differs" });
    row.append(makeElement("th", { scope: "row", role: "rowheader" }, name));
    for (const texts of cells) {
      const paragraphs = texts.map((text) => makeElement("p", {}, text));
      row.append(makeElement("td", { role: "cell" }, ...(paragraphs.length ? paragraphs : [makeElement("p", { class: "soft" }, "not given")])));
    }
    body.append(row);
  }
  const table = makeElement("table", { class: "plain compared", role: "table", "aria-labelledby": "comparison-title" });
  table.append(makeElement("thead", { role: "rowgroup" }, head), body);
  section.style.setProperty("--trials", trials.length);
  section.querySelector(".scroll").replaceChildren(table);
};
